"""The acceptance criteria: bounds on metrics, stated in params.yaml before the run."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeFloat, model_validator

from hourglass.core.errors import SettingsError
from hourglass.core.params import PARAMS, Settings, check


class Criterion(Settings):
    """One bound on one figure.

    variant: whose figure.
    metric: where it stands, from the kind of metrics on: `detect.roc_auc`, `evaluate.reconstruction.mse`.
    min, max: the bound; exactly one of the two.
    tolerance: how much the figure may get worse than on the main branch before `make check` refuses.
    """

    variant: str
    metric: Annotated[str, Field(pattern=r"^(evaluate|detect)\.")]
    min: float | None = None
    max: float | None = None
    tolerance: NonNegativeFloat

    @model_validator(mode="after")
    def _one_bound(self) -> "Criterion":
        if (self.min is None) == (self.max is None):
            raise ValueError("give either `min` or `max`")
        return self

    @property
    def kind(self) -> Literal["evaluate", "detect"]:
        """Which metrics file holds the figure."""
        return "detect" if self.metric.startswith("detect.") else "evaluate"

    def passed(self, value: float) -> bool:
        """Whether `value` respects the bound; a NaN never does."""
        return value >= self.min if self.min is not None else value <= (self.max or 0.0)

    def fall(self, old: float, new: float) -> float:
        """How much worse `new` is than `old`; negative where it is better."""
        return old - new if self.min is not None else new - old


def read(section: Mapping[str, Any]) -> list[tuple[str, Criterion]]:
    """The `accept` section of params.yaml -> names and criteria; a list as `variant` stands for one of each.

    Raises:
        SettingsError: a key is unknown, missing, mistyped or out of range.
    """
    found = []
    for name, values in section.items():
        variants = values.get("variant") if isinstance(values, Mapping) else None
        each = [{**values, "variant": variant} for variant in variants] if isinstance(variants, list) else [values]
        found += [(name, check(f"accept.{name}", one, Criterion)) for one in each]
    return found


def figure(metrics: Mapping[str, Any], path: str) -> float:
    """The number at a dotted path: `figure(m, "reconstruction.mse")`.

    Raises:
        KeyError: nothing, or no number, stands there.
    """
    value: Any = metrics
    for part in path.split("."):
        value = value[part]
    if not isinstance(value, int | float):
        raise KeyError(path)
    return value


def judge(criteria: Sequence[tuple[str, Criterion]], metrics: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Hold each criterion against the metrics.

    Args:
        metrics: variant -> {"evaluate": content of its metrics file, "detect": likewise}.

    Returns:
        passed: whether all did; criteria: for each, name, variant, metric, value, threshold, bound
        ("min" or "max") and passed.

    Raises:
        SettingsError: a criterion names a variant or metric that does not exist.
    """
    rows = []
    for name, criterion in criteria:
        where = f"{PARAMS}: accept.{name}"
        if criterion.variant not in metrics:
            raise SettingsError(f"{where}.variant: there is no variant {criterion.variant!r} in `variants`")
        try:
            value = figure(metrics[criterion.variant], criterion.metric)
        except (KeyError, TypeError):
            raise SettingsError(f"{where}.metric: {criterion.variant} has no metric {criterion.metric!r}") from None
        rows.append(
            {
                "name": name,
                "variant": criterion.variant,
                "metric": criterion.metric,
                "value": value,
                "bound": "max" if criterion.min is None else "min",
                "threshold": criterion.max if criterion.min is None else criterion.min,
                "passed": criterion.passed(value),
            }
        )
    return {"passed": all(row["passed"] for row in rows), "criteria": rows}
