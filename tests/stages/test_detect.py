import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn.utils import parameters_to_vector

from hourglass.core import params
from hourglass.core.files import read_json, write_json
from hourglass.data.arrays import Split
from hourglass.detectors import choice, registry
from hourglass.detectors.files import load_detector
from hourglass.detectors.fitting import fit
from hourglass.detectors.maps import of_reference
from hourglass.evaluation.localisation import trial
from hourglass.evaluation.threshold import threshold_of
from hourglass.inference import score
from hourglass.models.autoencoder import Autoencoder
from hourglass.stages import detect, train_normal
from hourglass.training.checkpoints import load_model
from hourglass.training.normal import networks
from hourglass.variants.cvae import CVAE


def scores() -> list[float]:
    with Path("reports/scores/cvae.csv").open(newline="") as file:
        return [float(row["score"]) for row in csv.DictReader(file)]


def metrics() -> dict[str, Any]:
    found: dict[str, Any] = read_json(Path("reports/metrics/detect/cvae.json"))
    return found


def ordinary(splits: dict[str, Split]) -> list[NDArray[np.uint8]]:
    """Normal images to learn from, and those held out."""
    return [splits[part].images[splits[part].labels == 4] for part in ("train", "validation")]


def weights(model: Autoencoder) -> Tensor:
    return parameters_to_vector(model.parameters())


def test_true_classes_judge_the_scores_and_never_make_them(repository: Path) -> None:
    """With the test labels permuted every score stays as it is; what the scores are worth does not."""
    detect.main("cvae")
    before, measured = scores(), metrics()
    labels = Path("data/prepared/test/labels.npy")
    np.save(labels, np.random.default_rng(0).permutation(np.load(labels)))
    detect.main("cvae")
    assert scores() == before
    assert metrics()["threshold"] == measured["threshold"]
    assert metrics()["roc_auc"] != measured["roc_auc"]
    assert metrics()["untrained"]["threshold"] == measured["untrained"]["threshold"]


def test_every_image_is_scored_as_if_it_were_normal(repository: Path, splits: dict[str, Split]) -> None:
    detect.main("cvae")
    model, _ = load_model(Path("models/cvae/normal.safetensors"))
    held_out = splits["validation"].images[splits["validation"].labels == 4]

    def by_hand(normal: int) -> list[float]:
        """The log of the pixel error, in standard deviations of the held-out normal images."""
        usual = np.log(score(model, held_out, normal))
        errors = np.log(score(model, np.concatenate([splits["test"].images, held_out]), normal))
        return ((errors - usual.mean()) / usual.std(ddof=1)).tolist()

    np.testing.assert_allclose(scores(), by_hand(4), rtol=0, atol=1e-4)
    assert not np.allclose(scores(), by_hand(0), rtol=0, atol=1e-2)


def test_what_is_measured_is_what_is_written(repository: Path, splits: dict[str, Split]) -> None:
    detect.main("cvae")
    detector, measured = load_detector(Path("models/cvae/detector.safetensors")), metrics()
    np.testing.assert_allclose(scores()[:300], detector.score(splits["test"].images), rtol=0, atol=1e-6)
    assert measured["threshold"] == detector.threshold
    assert measured["intended_false_alarm_rate"] == detector.false_alarm_rate == 0.1
    ordinary = splits["test"].labels == 4
    flagged = np.array(scores()[:300]) > detector.threshold
    assert (measured["false_alarm_rate"], measured["detection_rate"]) == (
        pytest.approx(flagged[ordinary].mean()),
        pytest.approx(flagged[~ordinary].mean()),
    )


def test_scorers_are_measured_one_by_one_also_those_that_the_detector_leaves_out(repository: Path) -> None:
    detect.main("cvae")
    found = metrics()
    assert found["scorers"] == ["pixel"]
    assert found["by_scorer"].keys() == set(registry.applicable(CVAE))
    assert found["by_scorer"]["pixel"]["roc_auc"] == pytest.approx(found["roc_auc"])
    assert len({figures["roc_auc"] for figures in found["by_scorer"].values()}) > 3


def test_the_mean_image_is_judged_by_what_images_lie_away_from_it(repository: Path, splits: dict[str, Split]) -> None:
    detect.main("cvae")
    assert metrics()["untrained"]["localisation"].keys() == metrics()["localisation"].keys()
    found = metrics()["mean_image"]
    train, test = splits["train"], splits["test"]
    mean = (train.images[train.labels == 4] / 255).mean(0)
    distances = np.square(test.images[:] / 255 - mean).mean((1, 2, 3))
    assert found["roc_auc"] == pytest.approx(roc_auc_score(test.labels != 4, distances))
    assert found["localisation"].keys() == {"patch", "scratch", "stain", "mean"}
    maps_of = of_reference(mean, ordinary(splits)[0])
    by_hand, _ = trial(maps_of, test.images[test.labels == 4][: detect.DAMAGED], seed=1)
    assert found["localisation"] == pytest.approx(by_hand)


def test_maps_are_of_one_image_a_class_and_of_defects(repository: Path, splits: dict[str, Split]) -> None:
    detect.main("cvae")
    detector, test = load_detector(Path("models/cvae/detector.safetensors")), splits["test"]
    with np.load("reports/maps/cvae.npz") as shown:
        for number in range(10):
            first = test.images[test.labels == number][:1]
            np.testing.assert_array_equal(shown["images"][number], first[0])
            np.testing.assert_allclose(shown["maps"][number], detector.maps(first)[0], rtol=1e-3)
        for kind in ("patch", "scratch", "stain"):
            np.testing.assert_allclose(shown[f"{kind}_maps"], detector.maps(shown[f"{kind}_images"]), rtol=1e-3)
            assert shown[f"{kind}_masks"].any((1, 2)).all()


def test_without_stated_scorers_the_detector_looks_at_those_that_it_chose(
    repository: Path, splits: dict[str, Split]
) -> None:
    settings = params.read()
    settings["detect"] |= {"scorers": None, "own": {}}
    write_json(Path("params.yaml"), settings)
    detect.main("cvae")
    known, held_out = ordinary(splits)
    every = fit(
        [load_model(Path("models/cvae/normal.safetensors"))], registry.applicable(CVAE), known, held_out, 4, 0.1
    )
    assert metrics()["scorers"] == choice.best(every, held_out)
    assert list(load_detector(Path("models/cvae/detector.safetensors")).members[0].scorers) == metrics()["scorers"]


def test_an_ensemble_has_the_trained_network_and_others_from_further_seeds(
    repository: Path, splits: dict[str, Split]
) -> None:
    settings = params.read()
    settings["detect"] |= {"members": {"cvae": 3}}
    write_json(Path("params.yaml"), settings)
    detect.main("cvae")
    first, *others = load_detector(Path("models/cvae/detector.safetensors")).members
    trained, _ = load_model(Path("models/cvae/normal.safetensors"))
    assert metrics()["networks"] == 3
    assert weights(first.model).equal(weights(trained))
    known, held_out = ordinary(splits)
    for member, (expected, _) in zip(others, networks("cvae", [2, 3], known, held_out, 4), strict=True):
        assert weights(member.model).equal(weights(expected))
    assert {tuple(member.scorers) for member in others} == {("pixel",)}


def test_further_networks_are_trained_as_the_first_one_is(repository: Path, splits: dict[str, Split]) -> None:
    train_normal.main("cvae")
    trained, _ = load_model(Path("models/cvae/normal.safetensors"))
    known, held_out = ordinary(splits)
    ((again, _),) = networks("cvae", [1], known, held_out, 4)
    assert weights(trained).equal(weights(again))


def test_halves_set_the_threshold_by_networks_that_know_the_other_half(
    repository: Path, splits: dict[str, Split]
) -> None:
    settings = params.read()
    settings["detect"] |= {"halves": ["cvae"]}
    write_json(Path("params.yaml"), settings)
    detect.main("cvae")
    known, held_out = ordinary(splits)
    scores = []
    for seen, unseen in ((known[::2], known[1::2]), (known[1::2], known[::2])):
        network = networks("cvae", [1], seen, held_out, 4)
        scores.append(fit(network, ["pixel"], seen, held_out, 4, 0.1).score(unseen))
    assert metrics()["threshold"] == pytest.approx(threshold_of(np.concatenate(scores), 0.1))


def test_a_rerun_is_byte_identical(repository: Path) -> None:
    files = ["models/vanilla/detector.safetensors", "reports/metrics/detect/vanilla.json", "reports/scores/vanilla.csv"]
    runs = []
    for _ in range(2):
        detect.main("vanilla")
        runs.append([Path(file).read_bytes() for file in files])
        with np.load("reports/maps/vanilla.npz") as shown:
            runs[-1] += [shown[name].tobytes() for name in shown.files]
    assert runs[0] == runs[1]
