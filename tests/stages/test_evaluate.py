from pathlib import Path

import numpy as np
import pytest

from hourglass.core import layout
from hourglass.core.files import read_json
from hourglass.core.metrics import to_json
from hourglass.data.imageset import ImageSet
from hourglass.evaluation.image_quality import psnr
from hourglass.evaluation.inference import codebook_indices, restore
from hourglass.evaluation.measures import codebook
from hourglass.models.checkpoints import load_model
from hourglass.models.quantiser import Quantised
from hourglass.stages import evaluate


@pytest.mark.parametrize("variant", ["vanilla", "cvae"])
def test_continuous_code_has_no_codebook(repository: Path, variant: str) -> None:
    evaluate.main(variant)
    found = read_json(layout.metrics("evaluate", variant))
    own = {"vanilla": {"compression"}, "cvae": {"likelihood"}}[variant]
    always = {"parameters", "latent_dim", "conditional", "reconstruction", "representation", "untrained"}
    assert found.keys() == {*always, "generation", *own}
    assert found["generation"]["source"] == {"vanilla": "gaussian", "cvae": "prior"}[variant]


def test_codebook_is_measured_on_test_images(repository: Path) -> None:
    evaluate.main("vqvae")
    found = read_json(layout.metrics("evaluate", "vqvae"))
    model = load_model(layout.model("vqvae", "all"))
    assert isinstance(model, Quantised)
    indices = codebook_indices(model, ImageSet.open(layout.split("test")))
    assert found["codebook"] == to_json(codebook.count_entries(indices, 9))
    assert found["latent_dim"] == 12


def test_restoration_is_measured_beside_classical_methods(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the first test images, however many there are, and with an example of each class for the report."""
    monkeypatch.setattr("hourglass.evaluation.measures.restoration.RESTORED", 120)
    evaluate.main("masked")
    found = read_json(layout.metrics("evaluate", "masked"))["restoration"]
    model = load_model(layout.model("masked", "all"))
    expected = restore(model, ImageSet.open(layout.split("test")).first(120), model.level, seed=1)
    assert found["psnr"] == pytest.approx(psnr(expected.originals, expected.restored).mean())
    assert found["baselines"].keys() == {"biharmonic", "mean_image", "mean_visible"}
    best = max(baseline["psnr"] for baseline in found["baselines"].values())
    assert found["gain"] == pytest.approx(found["psnr"] - best)
    assert (found["level"], list(found["levels"])) == (0.75, ["0.25", "0.5", "0.75", "0.9"])
    with np.load(layout.examples("masked")) as examples:
        hidden = np.isnan(examples["restoration_observed"])
        assert hidden.mean() == 0.75
        np.testing.assert_array_equal(examples["restoration_originals"], examples["originals"])
        shown = (examples["restoration_restored"][~hidden], examples["originals"][~hidden])
        np.testing.assert_array_equal(*shown)
