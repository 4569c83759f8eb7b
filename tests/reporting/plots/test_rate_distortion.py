from hourglass.reporting.plots.rate_distortion import rate_distortion
from hourglass.reporting.plots.style import FAINT, NORMAL
from hourglass.reporting.results import Result
from tests.reporting.plots.variants import variant, x_of


def compressed(name: str, size: float, psnr: float) -> Result:
    webp = {"webp_bytes": 5 * size, "webp_psnr": psnr, "webp_sheet_bytes": 3 * size, "webp_sheet_psnr": psnr}
    compression = {"bytes_per_image": size, "psnr": psnr, "png_bytes": 500.0, **webp}
    return variant(name, evaluate={"compression": compression})


def test_only_pareto_optimal_variants_have_names() -> None:
    variants = [compressed("small", 10, 18), compressed("good", 40, 22), compressed("beaten", 50, 20)]
    (axis,) = rate_distortion(variants).axes
    assert [text.get_text() for text in axis.texts] == ["small", "good"]
    # A connection, WebP's ring and the code's dot for each.
    rings, dots = axis.lines[1:9:3], axis.lines[2:9:3]
    assert [x_of(ring) for ring in rings] == [[50], [200], [250]]
    assert [(x_of(dot), dot.get_color()) for dot in dots] == [([10], NORMAL), ([40], NORMAL), ([50], FAINT)]
    assert x_of(axis.lines[-1])[0] == 500


def test_webp_may_be_better_than_the_latent_code() -> None:
    (legend,) = rate_distortion([compressed("small", 10, 18)]).legends
    assert "WebP of at least this PSNR" in [text.get_text() for text in legend.get_texts()]
