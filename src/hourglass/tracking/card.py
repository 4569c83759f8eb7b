"""The model card of a detector: what it is, what it was measured at, how to call it, and where it fails."""

from collections.abc import Sequence

from hourglass.core.metrics import Metrics
from hourglass.tracking import descriptions
from hourglass.tracking.contents import Contents
from hourglass.tracking.dataset import Dataset

CALL = """\
```
import mlflow, numpy as np
detector = mlflow.pyfunc.load_model("models:/{model}@{variant}")
images = np.load("data/prepared/test/images.npy")[:6]   # uint8, (N, {shape})
detector.predict(images)                                # columns score, anomaly
```"""

REGISTERED = """\
Anomaly detectors for `{dataset}`: class {number} ({normal}) is normal, images of other classes are anomalies. Every
version met the acceptance criteria of its variant when it was registered.

Each variant has an alias of its own name, which points at its current version. `champion` is the one that is served; it
moves by `hourglass promote` only.

{call}

Higher scores are more anomalous; `anomaly` says whether the score exceeds the version's threshold."""


def text(content: Contents, model: str, datasets: Sequence[Dataset]) -> str:
    """The card of a variant's detector, as Markdown.

    Args:
        model: name of the registered model, for the call that is shown.
    """
    page, training, measured = descriptions.lecture(content.module), datasets[0], Metrics(content.measured)
    count = sum(list(training.counts.values())[number] for number in content.normal)
    parts = [
        f"{_result(measured)} {page.family}. {page.idea}",
        f"**Data.** Trained on the {count:,} training images of class {content.normal_class} "
        f"({training.named(content.normal)}) of `{content.dataset}`. Images of other classes count as "
        f"anomalies; none was used in training.{descriptions.stand_in(content)}",
        f"**Threshold.** {_threshold(measured)}",
        f"**Limits.** It is measured on {' x '.join(map(str, training.example.shape[1:]))} images of "
        f"`{content.dataset}` only. {_hardest(measured)} Images of another source, size or brightness need a detector "
        "of their own.",
        f"**Call.**\n\n{call(content.variant, model, training)}",
        f"**Metrics** of test images, and of the network they come from.\n\n{descriptions.metrics_table(content)}",
    ]
    return "\n\n".join(parts)


def of_registered(content: Contents, model: str, datasets: Sequence[Dataset]) -> str:
    """The description of the registered model that holds the versions of all variants."""
    shown = call("champion", model, datasets[0])
    normal = datasets[0].named(content.normal)
    return REGISTERED.format(dataset=content.dataset, number=content.normal_class, normal=normal, call=shown)


def call(alias: str, model: str, dataset: Dataset) -> str:
    """Python code that loads a version and scores images."""
    return CALL.format(model=model, variant=alias, shape=", ".join(map(str, dataset.example.shape[1:])))


def _result(measured: Metrics) -> str:
    """The first sentence: MLflow's table of versions shows its first words."""
    interval = measured.interval("detect.roc_auc")
    ends = f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else ""
    return f"ROC-AUC {measured.number('detect.roc_auc'):.3f}{ends}."


def _threshold(measured: Metrics) -> str:
    target, rate = measured.number("detect.target_false_positive_rate"), measured.number("detect.false_alarm_rate")
    return (
        f"An image is an anomaly if its score exceeds {measured.number('detect.threshold'):.4f}. The threshold was set "
        f"for a false-positive rate of {target:.3f} on normal images that training did not see. On normal test images "
        f"the rate is {rate:.3f}."
    )


def _hardest(measured: Metrics) -> str:
    """Names the class of anomalies that it confuses most."""
    by_class = measured.at("detect.by_class").values()
    name = min(by_class, key=lambda name: by_class[name])
    return f"It is weakest at {name} (ROC-AUC {by_class[name]:.3f})."
