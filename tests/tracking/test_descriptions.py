from collections.abc import Callable
from pathlib import Path

import pytest

from hourglass.core import layout, params
from hourglass.core.files import write_json
from hourglass.spread import Trained
from hourglass.summary import HEADLINES
from hourglass.tracking import contents, descriptions
from hourglass.tracking.contents import PACKAGE

MODULES = sorted(file.stem for file in (PACKAGE / "variants").glob("[!_]*.py"))
Edit = Callable[..., None]
# What MLflow keeps of a tag.
MOST_CHARACTERS = 8000


@pytest.fixture
def text(repository: Path) -> str:
    content = contents.read("vanilla", params.read(contents.PublishSettings))
    return descriptions.of_run(content, "0123", "zero")


@pytest.mark.parametrize("module", MODULES)
def test_every_variant_has_a_family_and_an_idea(module: str) -> None:
    page = descriptions.lecture(module)
    assert page.family
    assert len(page.family) < 40
    assert page.idea.endswith(".")
    assert page.lectures
    assert len(page.text) + 3000 < MOST_CHARACTERS


@pytest.mark.parametrize(
    ("module", "lectures"),
    [
        ("vae", "Autoencoder Clásico / Autoencoder Variacional; Autoencoders (AI for Beginners)"),
        ("convolutional", "Autoencoders (Métodos Generativos); 156"),
        ("sparse", "156"),
        ("rotated", descriptions.BEYOND),
    ],
)
def test_lectures_are_read_from_the_source(module: str, lectures: str) -> None:
    assert descriptions.lecture(module).lectures == lectures


def test_a_description_starts_with_the_idea(text: str) -> None:
    assert text.startswith("**Vanilla autoencoder.** One hidden layer, which is the latent code.")
    assert "class 0 (zero) only" in text


def test_a_description_has_metrics_with_intervals(repository: Path, edit: pytest.FixtureRequest) -> None:
    edit("reports/summary.json", "vanilla", to={"roc_auc": 0.9, "mse": 0.01})  # type: ignore[operator]
    data, digests = params.content()["data"], params.read(Trained).digests()
    values = {"vanilla": {"evaluate.reconstruction.mse": [0.009, 0.010, 0.011]}}
    write_json(
        layout.SPREAD,
        {"dataset": data["name"], "normal": [data["normal_class"]], "settings": digests, "metrics": values},
    )
    content = contents.read("vanilla", params.read(contents.PublishSettings))
    assert descriptions.metrics_table(content).splitlines()[2:] == [
        "| ROC-AUC | 0.900 |  |  |",
        "| squared error per pixel | 0.0100 | 0.0090 to 0.0110 | 0.0010 |",
    ]


def test_pictures_are_artifacts_of_the_run(repository: Path) -> None:
    figures = Path("reports/figures/vanilla")
    assert descriptions.pictures(figures, "0123") == ""
    for name in ("reconstructions", "samples", "anomaly_maps", "training"):
        (figures / f"{name}.png").touch()
    assert descriptions.pictures(figures, "0123").splitlines() == [
        "![samples](get-artifact?path=figures%2Fsamples.png&run_uuid=0123)",
        "",
        "![reconstructions](get-artifact?path=figures%2Freconstructions.png&run_uuid=0123)",
    ]


def test_every_headline_metric_has_a_title() -> None:
    assert descriptions.TITLES.keys() == HEADLINES.keys()


def test_what_stands_in_for_anomalies_is_said(repository: Path, edit: Edit) -> None:
    def described() -> str:
        content = contents.read("vanilla", params.read(contents.PublishSettings))
        return descriptions.of_run(content, "0123", "zero")

    assert "no anomalies" not in described()
    edit("reports/metrics/detect/vanilla.json", "anomalies", to="synthetic defects")
    assert "no anomalies among the test images, so ROC-AUC is measured on synthetic defects." in described()
