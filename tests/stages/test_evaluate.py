from pathlib import Path

import pytest

from hourglass.core.files import read_json
from hourglass.data.arrays import Split
from hourglass.evaluation import codebook
from hourglass.models.inference import indices
from hourglass.models.quantiser import Quantised
from hourglass.stages import evaluate
from hourglass.training.checkpoints import load_model


@pytest.mark.parametrize("variant", ["vanilla", "cvae"])
def test_a_continuous_code_has_no_codebook(repository: Path, variant: str) -> None:
    evaluate.main(variant)
    found = read_json(Path(f"reports/metrics/evaluate/{variant}.json"))
    assert found.keys() == {"parameters", "latent_dim", "conditional", "reconstruction", "representation", "untrained"}


def test_a_codebook_is_measured_on_test_images(repository: Path, splits: dict[str, Split]) -> None:
    evaluate.main("vqvae")
    found = read_json(Path("reports/metrics/evaluate/vqvae.json"))
    model, _ = load_model(Path("models/vqvae/all.safetensors"))
    assert isinstance(model, Quantised)
    assert found["codebook"] == codebook.measure(indices(model, splits["test"].images), 9)
    assert found["latent_dim"] == 12
