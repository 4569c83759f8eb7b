"""The acceptance criteria: bounds on metrics, stated in params.yaml before the run."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, NonNegativeFloat, model_validator

from hourglass.core.errors import SettingsError
from hourglass.core.metrics import Metrics
from hourglass.core.params import PARAMS, Settings, suggestion

ALL = "all"


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


class Criterion(Settings):
    """One bound on one metric.

    variant: name of the variant, or a list of names, or `all`.
    except: names of variants that it is not for.
    metric: path of the metric, from the kind of metrics file on: `detect.roc_auc`, `evaluate.reconstruction.mse`.
    min, max: the bound; exactly one of the two.
    tolerance: from which fall on, compared with the main branch, `make check` fails; more if trainings differ by more
        (spread.py).
    """

    variants: Annotated[list[str], Field(alias="variant"), BeforeValidator(_as_list)]
    exceptions: list[str] = Field(alias="except", default_factory=list)
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
        """Which metrics file holds the metric."""
        return "detect" if self.metric.startswith("detect.") else "evaluate"

    @property
    def bound(self) -> tuple[Literal["min", "max"], float]:
        """Which bound it is, and its value."""
        return ("min", self.min) if self.min is not None else ("max", self.max or 0.0)

    def value(self, content: Mapping[str, Any]) -> float:
        """The metric in the content of its metrics file.

        Raises:
            KeyError: it is not there, or is no number.
        """
        return Metrics({self.kind: content}).number(self.metric)

    def passed(self, value: float) -> bool:
        """Whether `value` respects the bound; a NaN never does."""
        kind, threshold = self.bound
        return value >= threshold if kind == "min" else value <= threshold

    def loss(self, old: float, new: float) -> float:
        """How much worse `new` is than `old`; negative if it is better."""
        return old - new if self.min is not None else new - old


@dataclass(frozen=True)
class Row:
    """One criterion's result for one variant, as reports/acceptance.json has it.

    bound: `min` or `max`. threshold: its value.
    """

    name: str
    variant: str
    metric: str
    value: float
    bound: Literal["min", "max"]
    threshold: float
    passed: bool

    def __str__(self) -> str:
        required = f"must be at {'least' if self.bound == 'min' else 'most'} {self.threshold:g}"
        return f"{self.name}: {self.variant} {self.metric} is {self.value:.4f}, {required}"


def expand(criteria: Mapping[str, Criterion], variants: Collection[str]) -> list[tuple[str, str, Criterion]]:
    """Return (name of the criterion, variant, criterion) for each variant that a criterion is for.

    Raises:
        SettingsError: a criterion names a variant that is not among `variants`, or is for none of them.
    """
    triples = []
    for name, criterion in criteria.items():
        named = list(variants) if criterion.variants == [ALL] else criterion.variants
        _require(f"accept.{name}.variant", named, variants)
        _require(f"accept.{name}.except", criterion.exceptions, variants)
        chosen = [variant for variant in named if variant not in criterion.exceptions]
        if not chosen:
            raise SettingsError(f"{PARAMS}: accept.{name}: it is for no variant; name one, or `{ALL}`")
        triples += [(name, variant, criterion) for variant in chosen]
    return triples


def _require(where: str, names: Iterable[str], variants: Collection[str]) -> None:
    for name in names:
        if name not in variants:
            raise SettingsError(f"{PARAMS}: {where}: no variant {name!r}{suggestion(name, variants)}")


def evaluate(criteria: Mapping[str, Criterion], metrics: Mapping[str, Metrics]) -> list[Row]:
    """Compare each criterion with the metrics of each variant that it is for.

    Args:
        metrics: variant -> its metrics, with `evaluate` and `detect` at the top.

    Raises:
        SettingsError: a criterion names a variant or metric that does not exist.
    """
    rows = []
    for name, variant, criterion in expand(criteria, metrics):
        try:
            value = metrics[variant].number(criterion.metric)
        except KeyError:
            near = get_close_matches(criterion.metric, dict(metrics[variant].numbers()), n=1)
            reason = metrics[variant].get(f"{criterion.metric.rpartition('.')[0]}.not_measured")
            hint = f": {reason}" if reason else f"; did you mean {near[0]}?" if near else ""
            where = f"{PARAMS}: accept.{name}.metric"
            raise SettingsError(f"{where}: {variant} has no metric {criterion.metric!r}{hint}") from None
        rows.append(Row(name, variant, criterion.metric, value, *criterion.bound, criterion.passed(value)))
    return rows
