from typing import Any

import numpy as np
import pytest

from benchmarks import baselines, detectors
from benchmarks.detectors import METHODS, Method, Params
from hourglass.core import layout, params
from hourglass.core.files import read_json, write_json
from hourglass.data.imageset import ImageSet
from hourglass.data.settings import CLASSES
from hourglass.stages import detect, train_normal


@pytest.fixture(scope="module")
def results(digits: ImageSet, settings: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What benchmark and pipeline write on small images of seven classes that are called as Fashion-MNIST's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("repository"))
        write_json(params.PARAMS, settings)
        some = digits.subset(np.flatnonzero(digits.labels <= 6))
        for number, name in enumerate(("train", "validation", "test")):
            part = some.subset(slice(number, None, 3))
            ImageSet(part[:], part.labels, CLASSES["fashion_mnist"][:7]).save(layout.split(name))
        detectors.main(1, 0.0)
        detectors.main(1, 0.1)
        baselines.main("sklearn.pca.documented", 0.1)
        train_normal.main("rotated")
        detect.main("rotated")
        return {
            "clean": read_json(detectors.RESULTS / "1-0.json"),
            "contaminated": read_json(detectors.RESULTS / "1-0.1.json"),
            "baseline": read_json(baselines.RESULTS / "sklearn.pca.documented-0.1.json"),
            "pipeline": read_json(layout.metrics("detect", "rotated")),
        }


def test_benchmark_and_pipeline_measure_the_same_detector(results: dict[str, Any]) -> None:
    benchmark, pipeline = results["clean"]["rotated"]["0"], results["pipeline"]
    assert benchmark["roc_auc"] == pipeline["roc_auc"]
    assert benchmark["t_shirt_vs_shirt"] == pipeline["by_class"]["Shirt"]
    assert benchmark["false_positive_rate"] == pipeline["false_alarm_rate"]
    assert benchmark["true_positive_rate"] == pipeline["true_positive_rate"]


def test_every_method_is_measured_on_every_class(results: dict[str, Any]) -> None:
    for run in (results["clean"], results["contaminated"]):
        assert list(run) == list(METHODS)
        assert all(list(by_class) == [str(number) for number in range(7)] for by_class in run.values())


def test_contaminated_detectors_are_only_ranked(results: dict[str, Any]) -> None:
    assert set(results["contaminated"]["rotated"]["0"]) == {"roc_auc", "t_shirt_vs_shirt"}
    assert set(results["contaminated"]["rotated"]["3"]) == {"roc_auc"}
    assert set(results["baseline"]["sklearn.pca.documented"]["3"]) == {"roc_auc"}
    assert results["contaminated"]["rotated"]["0"] != results["clean"]["rotated"]["0"]


@pytest.mark.parametrize(
    ("method", "clean", "scorers", "threshold"),
    [
        (Method(["rotated"]), True, ["smoothed_residual", "knn"], "cross_conformal"),
        (Method(["rotated"]), False, ["smoothed_residual", "knn"], "calibration"),
        (Method(["rotated"], ["pixel"]), True, ["pixel"], "calibration"),
        (Method(["rotated", "rotated_dense"]), True, ["smoothed_residual", "knn"], "calibration"),
        (Method(["convolutional"]), True, ["pixel"], "calibration"),
    ],
)
def test_methods_have_the_settings_of_their_first_variant(
    settings: dict[str, Any], method: Method, clean: bool, scorers: list[str], threshold: str
) -> None:
    names = ("seed", "threads", "train_normal", "detect", "variants")
    plan = params.check("", {name: settings[name] for name in names}, Params).plan(method, clean)
    assert (plan.scorers, plan.threshold) == (scorers, threshold)


@pytest.mark.usefixtures("own_params")
def test_methods_are_variants_of_params() -> None:
    settings = params.read(Params)
    for method in METHODS.values():
        assert set(method.variants) <= set(settings.variants)
        assert settings.plan(method, clean=True).scorers
