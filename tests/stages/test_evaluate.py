from pathlib import Path

import numpy as np
import pytest

from hourglass.core.files import read_json
from hourglass.data.arrays import Split
from hourglass.evaluation import codebook
from hourglass.evaluation.reconstruction import psnr
from hourglass.inference import indices, restore
from hourglass.models.quantiser import Quantised
from hourglass.stages import evaluate
from hourglass.training.checkpoints import load_model


@pytest.mark.parametrize("variant", ["vanilla", "cvae"])
def test_a_continuous_code_has_no_codebook(repository: Path, variant: str) -> None:
    evaluate.main(variant)
    found = read_json(Path(f"reports/metrics/evaluate/{variant}.json"))
    own = {"vanilla": {"compression"}, "cvae": {"likelihood"}}[variant]
    always = {"parameters", "latent_dim", "conditional", "reconstruction", "representation", "untrained"}
    assert found.keys() == {*always, "generation", *own}
    assert found["generation"]["source"] == {"vanilla": "gaussian", "cvae": "prior"}[variant]


def test_a_codebook_is_measured_on_test_images(repository: Path, splits: dict[str, Split]) -> None:
    evaluate.main("vqvae")
    found = read_json(Path("reports/metrics/evaluate/vqvae.json"))
    model, _ = load_model(Path("models/vqvae/all.safetensors"))
    assert isinstance(model, Quantised)
    assert found["codebook"] == codebook.measure(indices(model, splits["test"].images), 9)
    assert found["latent_dim"] == 12


def test_what_restores_is_measured_beside_classical_methods(
    repository: Path, splits: dict[str, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the first test images, however many there are, and with an example of each class for the report."""
    monkeypatch.setattr("hourglass.evaluation.restoration.JUDGED", 120)
    evaluate.main("masked")
    found = read_json(Path("reports/metrics/evaluate/masked.json"))["restoration"]
    model, _ = load_model(Path("models/masked/all.safetensors"))
    judged = restore(model, splits["test"].images[:120], model.level, seed=1)
    assert found["psnr"] == pytest.approx(psnr(judged["originals"], judged["restored"]).mean())
    assert found["baselines"].keys() == {"biharmonic", "mean_image", "mean_visible"}
    assert found["gain"] == pytest.approx(found["psnr"] - max(rival["psnr"] for rival in found["baselines"].values()))
    assert (found["level"], list(found["levels"])) == (0.75, ["0.25", "0.5", "0.75", "0.9"])
    with np.load("reports/examples/masked.npz") as examples:
        hidden = np.isnan(examples["restoration_observed"])
        assert hidden.mean() == 0.75
        np.testing.assert_array_equal(examples["restoration_originals"], examples["originals"])
        shown = (examples["restoration_restored"][~hidden], examples["originals"][~hidden])
        np.testing.assert_array_equal(*shown)
