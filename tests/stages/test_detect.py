import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor
from torch.nn.utils import parameters_to_vector

from hourglass.core import layout, params
from hourglass.core.errors import SettingsError
from hourglass.core.files import read_json, write_json
from hourglass.data.imageset import ImageSet
from hourglass.detection import mean_image
from hourglass.detection.anomalies import DEFECTIVE
from hourglass.detection.defects import DEFECTS, defective, localise
from hourglass.detection.detector import Detector, NormalImages, fit
from hourglass.detection.files import load_detector
from hourglass.detection.scorer import applicable, names, selectable
from hourglass.detection.selection import select
from hourglass.detection.threshold import conformal
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.checkpoints import load_model
from hourglass.stages import detect, train_normal
from hourglass.training.recipe import Recipe
from hourglass.training.settings import TrainSettings
from hourglass.training.train import train


def scores() -> list[float]:
    with layout.scores("cvae").open(newline="") as file:
        return [float(row["score"]) for row in csv.DictReader(file)]


def metrics() -> dict[str, Any]:
    found: dict[str, Any] = read_json(layout.metrics("detect", "cvae"))
    return found


def written() -> Detector:
    return load_detector(layout.detector("cvae"))


def network() -> Autoencoder:
    return load_model(layout.model("cvae", "normal"))


@pytest.fixture
def normal(splits: dict[str, ImageSet]) -> NormalImages:
    return NormalImages(splits["train"].of_class(4), splits["validation"].of_class(4), normal=4)


def configure(**settings: Any) -> None:
    """Give the variant these settings of its own, and no others."""
    content = params.content()
    content["detect"] |= {"scorers": None, "variants": {"cvae": settings}}
    write_json(Path("params.yaml"), content)


def trained(seed: int, images: NormalImages) -> Autoencoder:
    """A network as the stage train_normal trains it."""
    content = params.content()
    entry = content["variants"]["cvae"]
    own = {name: value for name, value in entry.items() if name != "module"}
    schedule = TrainSettings.model_validate(content["train_normal"])
    return train(Recipe("variants.cvae", entry["module"], own, schedule), seed, images.train, images.calibration)[0]


def weights(model: Autoencoder) -> Tensor:
    return parameters_to_vector(model.parameters())


def test_true_classes_never_reach_the_scores(repository: Path) -> None:
    """With the test labels permuted every score stays as it is; the metrics do not."""
    detect.main("cvae")
    before, measured = scores(), metrics()
    labels = layout.split("test") / "labels.npy"
    np.save(labels, np.random.default_rng(0).permutation(np.load(labels)))
    detect.main("cvae")
    assert scores() == before
    assert metrics()["threshold"] == measured["threshold"]
    assert metrics()["roc_auc"] != measured["roc_auc"]
    assert metrics()["untrained"]["threshold"] == measured["untrained"]["threshold"]


def test_too_few_calibration_images_are_logged_and_counted(
    repository: Path, normal: NormalImages, capsys: pytest.CaptureFixture[str]
) -> None:
    content = params.content()
    content["detect"]["false_positive_rate"] = 0.01
    write_json(Path("params.yaml"), content)
    detect.main("cvae")
    counts = {"calibration_images": len(normal.calibration), "least_calibration_images": 99}
    assert {name: metrics()[name] for name in counts} == counts
    warning = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("warning: "))
    assert all(str(count) in warning for count in counts.values())


def test_images_are_scored_as_the_normal_class(
    repository: Path, splits: dict[str, ImageSet], normal: NormalImages
) -> None:
    detect.main("cvae")
    model = network()

    def errors(images: ImageSet, number: int) -> np.ndarray:
        x, _ = images.batch(slice(None))
        with torch.inference_mode():
            return model.score(x, torch.full((len(images),), number)).log().numpy()

    def by_hand(number: int) -> list[float]:
        """The log of the pixel error, in standard deviations of the calibration images."""
        usual = errors(normal.calibration, number)
        both = np.concatenate([errors(splits[split], number) for split in ("test", "validation")])
        return ((both - usual.mean()) / usual.std(ddof=1)).tolist()

    np.testing.assert_allclose(scores(), by_hand(4), rtol=0, atol=1e-4)
    assert not np.allclose(scores(), by_hand(0), rtol=0, atol=1e-2)


def test_what_is_measured_is_what_is_written(repository: Path, splits: dict[str, ImageSet]) -> None:
    detect.main("cvae")
    detector, measured = written(), metrics()
    np.testing.assert_allclose(scores()[:300], detector.score(splits["test"]), rtol=0, atol=1e-6)
    assert measured["threshold"] == detector.threshold
    assert measured["target_false_positive_rate"] == detector.false_positive_rate == 0.1
    anomalous = splits["test"].labels != 4
    flagged = np.array(scores()[:300]) > detector.threshold
    assert measured["false_alarm_rate"] == pytest.approx(flagged[~anomalous].mean())
    assert measured["true_positive_rate"] == pytest.approx(flagged[anomalous].mean())


def test_scores_have_split_and_class_of_every_image(repository: Path, splits: dict[str, ImageSet]) -> None:
    detect.main("cvae")
    with layout.scores("cvae").open(newline="") as file:
        rows = [(row["split"], int(row["class"])) for row in csv.DictReader(file)]
    assert rows == [(split, number) for split in ("test", "validation") for number in splits[split].labels]


def test_validation_ranks_all_validation_images(repository: Path, splits: dict[str, ImageSet]) -> None:
    detect.main("cvae")
    anomalous = splits["validation"].labels != 4
    assert metrics()["validation"]["roc_auc"] == pytest.approx(roc_auc_score(anomalous, scores()[300:]))


def test_the_roc_curve_has_named_columns(repository: Path) -> None:
    detect.main("cvae")
    header, *rows = layout.roc("cvae").read_text().splitlines()
    assert header == "false_positive_rate,true_positive_rate"
    assert len(rows) == 200


def test_every_candidate_is_measured_by_itself(repository: Path) -> None:
    """Also those that the detector leaves out."""
    detect.main("cvae")
    found = metrics()
    assert (found["scorers"], found["weights"]) == (["pixel"], {"pixel": 1})
    assert list(found["by_scorer"]) == applicable(names(), network())
    assert found["by_scorer"]["pixel"]["roc_auc"] == pytest.approx(found["roc_auc"])
    assert len({measured["roc_auc"] for measured in found["by_scorer"].values()}) > 3


def test_scorers_that_are_no_candidates_are_not_measured(repository: Path) -> None:
    content = params.content()
    content["detect"]["candidates"] = ["knn", "restoration", "pixel"]
    write_json(Path("params.yaml"), content)
    detect.main("cvae")
    assert list(metrics()["by_scorer"]) == ["knn", "pixel"]


def test_the_mean_image_is_measured_by_distances_from_it(
    repository: Path, splits: dict[str, ImageSet], normal: NormalImages
) -> None:
    detect.main("cvae")
    assert metrics()["untrained"]["localisation"].keys() == metrics()["localisation"].keys()
    found, test = metrics()["mean_image"], splits["test"]
    mean = (normal.train[:] / 255).mean(0)
    distances = np.square(test[:] / 255 - mean).mean((1, 2, 3))
    assert found["roc_auc"] == pytest.approx(roc_auc_score(test.labels != 4, distances))
    assert found["localisation"].keys() == {"patch", "scratch", "stain", "mean"}
    defects = {kind: defective(test.of_class(4).first(DEFECTIVE), kind, seed=1) for kind in DEFECTS}
    by_hand = localise(mean_image.fit(normal, 0.1).maps, defects)
    assert found["localisation"] == pytest.approx(by_hand.roc_auc)


def test_maps_are_of_one_image_per_class_and_of_defects(repository: Path, splits: dict[str, ImageSet]) -> None:
    detect.main("cvae")
    detector, test = written(), splits["test"]
    with np.load(layout.maps("cvae")) as drawn:
        for number in range(10):
            first = test.of_class(number).first(1)
            np.testing.assert_array_equal(drawn["images"][number], first[:][0])
            np.testing.assert_allclose(drawn["maps"][number], detector.maps(first)[0], rtol=1e-3)
        for kind in DEFECTS:
            maps = detector.maps(ImageSet(drawn[f"{kind}_images"]))
            np.testing.assert_allclose(drawn[f"{kind}_maps"], maps, rtol=1e-3)
            expected = defective(test.of_class(4).first(3), kind, seed=1)
            np.testing.assert_array_equal(drawn[f"{kind}_images"], expected.images[:])
            np.testing.assert_array_equal(drawn[f"{kind}_masks"], expected.masks)


def test_without_stated_scorers_they_are_weighted(repository: Path, normal: NormalImages) -> None:
    configure()
    detect.main("cvae")
    every = fit([network()], selectable(names(), network()), normal, 0.1)
    assert metrics()["weights"] == written().weights == select(every, normal.calibration)
    assert metrics()["scorers"] == list(metrics()["weights"]) == list(written().members[0].scorers)
    assert set(applicable(names(), network())) - set(metrics()["scorers"]) == {"kernel_density"}
    assert list(metrics()["by_scorer"]) == applicable(names(), network())


def test_by_scorer_is_the_same_in_every_combination(repository: Path) -> None:
    """Whether the detector combines a scorer, or it is fitted to be measured."""
    detect.main("cvae")
    stated = metrics()["by_scorer"]
    configure()
    detect.main("cvae")
    assert metrics()["by_scorer"] == stated


def test_the_file_says_what_the_detector_was_made_from(repository: Path) -> None:
    configure(scorers=["pixel"], threshold="cross_conformal")
    detect.main("cvae")
    assert (written().dataset, written().normal) == ("digits", 4)
    assert written().threshold_method == "cross_conformal"


def test_an_ensemble_has_networks_of_successive_seeds(
    repository: Path, splits: dict[str, ImageSet], normal: NormalImages
) -> None:
    """The first of them is the one that train_normal trained."""
    configure(scorers=["pixel"], networks=3)
    detect.main("cvae")
    first, *others = written().members
    assert metrics()["networks"] == 3
    assert weights(first.model).equal(weights(network()))
    for seed, member in zip((2, 3), others, strict=True):
        assert weights(member.model).equal(weights(trained(seed, normal)))
    assert {tuple(member.scorers) for member in others} == {("pixel",)}
    np.testing.assert_allclose(scores()[:300], written().score(splits["test"]), rtol=0, atol=1e-6)
    alone = fit([first.model], ["knn"], normal, 0.1).score(splits["test"])
    assert metrics()["by_scorer"]["knn"]["roc_auc"] == pytest.approx(roc_auc_score(splits["test"].labels != 4, alone))


def test_further_networks_are_trained_as_the_first_one(repository: Path, normal: NormalImages) -> None:
    train_normal.main("cvae")
    assert weights(network()).equal(weights(trained(1, normal)))


def test_cross_conformal_scores_each_half_by_the_other(repository: Path, normal: NormalImages) -> None:
    configure(scorers=["pixel"], threshold="cross_conformal")
    detect.main("cvae")
    even, odd = (normal.train.subset(slice(first, None, 2)) for first in (0, 1))
    scores = []
    for seen, unseen in ((even, odd), (odd, even)):
        half = replace(normal, train=seen)
        scores.append(fit([trained(1, half)], ["pixel"], half, 0.1).score(unseen))
    assert metrics()["threshold"] == pytest.approx(conformal(np.concatenate(scores), 0.1))


def test_an_unknown_variant_is_named(repository: Path) -> None:
    with pytest.raises(SettingsError, match=r"^params.yaml: variants.cvaes: unknown variant; did you mean cvae\?$"):
        detect.main("cvaes")


def test_a_rerun_is_byte_identical(repository: Path) -> None:
    files = [layout.detector("vanilla"), layout.metrics("detect", "vanilla"), layout.scores("vanilla")]
    runs = []
    for _ in range(2):
        detect.main("vanilla")
        runs.append([file.read_bytes() for file in files])
        with np.load(layout.maps("vanilla")) as drawn:
            runs[-1] += [drawn[name].tobytes() for name in drawn.files]
    assert runs[0] == runs[1]
