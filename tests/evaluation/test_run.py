"""What holds for every file in evaluation/measures/, whatever it measures."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hourglass.core.errors import HourglassError
from hourglass.core.metrics import Metrics, to_json
from hourglass.evaluation import run
from hourglass.evaluation.context import Context
from hourglass.evaluation.run import evaluate, measures
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build, untrained

SHAPE = (1, 8, 8)
NETWORKS: dict[str, dict[str, Any]] = {
    "vae": {"latent_dim": 2, "hidden": [8], "loss": "bce"},
    "vqvae": {"latent_dim": 8, "codes": 4, "channels": [4, 4]},
    "sparse": {"latent_dim": 8, "penalty": "l1", "weight": 0.1},
    "masked": {"latent_dim": 4, "width": 8, "depth": 1},
}


@pytest.fixture(autouse=True)
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """For speed."""
    monkeypatch.setattr("hourglass.evaluation.measures.restoration.RESTORED", 20)
    monkeypatch.setattr("hourglass.evaluation.measures.compression.COMPRESSED", 20)
    monkeypatch.setattr("hourglass.evaluation.measures.representation.TSNE_ITERATIONS", 250)
    monkeypatch.setattr("hourglass.evaluation.measures.generation.PAIRS", 50)
    monkeypatch.setattr("hourglass.evaluation.frechet.COMPARED", 200)


def network(module: str) -> Autoencoder:
    return build(module, NETWORKS[module], SHAPE, seed=0).eval()


def test_every_file_of_the_folder_is_a_measure() -> None:
    names = {file.stem for file in Path(run.__file__).with_name("measures").iterdir() if file.suffix == ".py"} - {
        "__init__"
    }
    assert measures().keys() == names
    assert names >= {"reconstruction", "representation", "restoration", "compression", "generation", "likelihood"}


@pytest.mark.parametrize("name", measures())
def test_measure_applies_to_some_network_and_repeats(name: str, context: Context) -> None:
    measure = measures()[name]
    model = next(found for found in map(network, NETWORKS) if measure.applies(found))
    content = to_json(measure.metrics(model, context))
    assert json.loads(json.dumps(content, allow_nan=False)) == content, "plain numbers, texts and mappings"
    assert list(Metrics(content).numbers())
    assert to_json(measure.metrics(model, context)) == content
    examples = measure.examples(model, context)
    assert all(isinstance(array, np.ndarray) for array in examples.values())


@pytest.mark.parametrize("module", NETWORKS)
def test_measures_that_apply_are_in_the_metrics_file(module: str, context: Context) -> None:
    model = network(module)
    content, examples = evaluate(model, context)
    applicable = {name for name, measure in measures().items() if measure.applies(model)}
    assert content.keys() == {"parameters", "latent_dim", "conditional", "untrained"} | applicable
    assert content["parameters"] == sum(value.numel() for value in model.state_dict().values())
    assert content["latent_dim"] == model.latent_dim
    assert {"originals", "reconstructions", "latent_codes", "labels"} <= examples.keys()


def test_examples_of_two_measures_have_different_names(context: Context) -> None:
    for model in map(network, NETWORKS):
        names = [name for one in measures().values() if one.applies(model) for name in one.examples(model, context)]
        assert len(names) == len(set(names))


def test_untrained_network_is_the_one_of_the_seed(context: Context) -> None:
    model = network("vae")
    content, _ = evaluate(model, context)
    before = untrained(model, context.seed)
    assert content["untrained"].keys() == {"representation"}
    found = content["untrained"]["representation"]
    whole = to_json(measures()["representation"].metrics(before, context))
    assert found == {name: whole[name] for name in ("knn_accuracy", "knn_accuracy_ci")}
    assert found["knn_accuracy"] != content["representation"]["knn_accuracy"]


def test_file_that_lacks_something_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "evaluation" / "measures").mkdir(parents=True)
    (tmp_path / "evaluation" / "measures" / "half.py").write_text("def applies(model):\n    return True\n")
    monkeypatch.setattr("hourglass.core.registry.PACKAGE", tmp_path)
    monkeypatch.setattr("hourglass.evaluation.measures.__path__", [str(tmp_path / "evaluation" / "measures")])
    with pytest.raises(HourglassError, match=r"evaluation/measures/half.py does not define metrics, examples"):
        measures()
