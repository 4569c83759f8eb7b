import pytest

from hourglass.live.selection import GENERATING, PICTURES, budget, candidates, may_fit, removed, removes_noise
from tests.live.small import model, settings


def names() -> list[str]:
    own = settings()
    return [one.name for one in candidates({name: model(part) for name, part in own.items()}, own)]


def test_networks_of_controls_come_first() -> None:
    order = names()
    assert set(order) == set(settings())
    assert set(order[:2]) == {"undercomplete_2d", "vae_2d"}
    assert order[2:4] == ["cvae_cross_attention", "cvae_beta"]  # they differ by beta alone
    assert order[4:6] == ["denoising_gaussian", "masked"]


def test_variant_of_the_detector_precedes_smaller_ones() -> None:
    own = settings()
    models = {name: model(own[name]) for name in ("vqvae", "convolutional_64", "convolutional")}
    order = candidates(models, own, ["convolutional"])
    assert [one.name for one in order] == ["convolutional", "vqvae", "convolutional_64"]


def test_modules_come_before_their_recipes() -> None:
    order, own = names()[6:], settings()
    modules = [own[name]["module"] for name in order]
    first = len(set(modules) - {"undercomplete", "vae", "cvae", "denoising", "masked"})
    assert len(set(modules[:first])) == first


def test_conditional_networks_need_no_encoder() -> None:
    own = {"cvae": settings()["cvae"]}
    (one,) = candidates({"cvae": model(own["cvae"])}, own)
    assert one.functions == GENERATING


@pytest.mark.parametrize(
    ("name", "removes"), [("denoising_gaussian", True), ("masked", False), ("super_resolution", False), ("vae", False)]
)
def test_noise_is_what_leaves_all_pixels(name: str, removes: bool) -> None:
    assert removes_noise(model(settings()[name])) is removes


@pytest.mark.parametrize(
    ("name", "kind"), [("denoising_salt_pepper", "salt_pepper"), ("masked", "masked"), ("super_resolution", None)]
)
def test_kind_of_noise_is_named(name: str, kind: str | None) -> None:
    assert removed(model(settings()[name])) == kind


def test_a_large_network_cannot_fit_into_little() -> None:
    vanilla = model(settings()["vanilla"])
    assert may_fit(vanilla, 10_000)
    assert not may_fit(vanilla, 10)


def test_another_variant_leaves_room_for_its_pictures() -> None:
    assert budget(28) - budget(29) == PICTURES
    assert budget(1_000) == 0
