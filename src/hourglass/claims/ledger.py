"""The ledger, docs/claims.yaml: what the lectures claim, and how each claim is decided by metrics."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hourglass.core.errors import SettingsError
from hourglass.core.files import read_bytes
from hourglass.core.params import Settings, suggestion

FILE = Path("docs/claims.yaml")


class Outcome(StrEnum):
    """What the metrics say of a rule: shown, refuted, or neither, because intervals reach across the bound."""

    SHOWN = "shown"
    UNCLEAR = "unclear"
    REFUTED = "refuted"


Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]
# What is known of a claim. In part: some of its rules are shown, others not. Not shown: none is, and none is refuted.
Verdict = Literal["holds", "holds in part", "not shown", "does not hold here", "not measured"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
# Parts of the report that a claim can be seen in; a variant's name is one too.
SECTIONS = (
    *("compress", "restore", "organise", "generate", "detect", "benchmark", "bottleneck"),
    *("experiments", "acceptance", "variants"),
)


# What a metric can be of.
KINDS = ("variant", "sweep", "control", "experiment")


class Source(Settings):
    """Where a metric stands: exactly one of the four, and the metric's path.

    variant: name of a variant; paths begin with `evaluate` or `detect`.
    sweep: kind of autoencoder in the sweep; paths begin with the latent dimensions: `8.roc_auc`.
    control: `mean_image`, `pixels` (paths as of a variant) or `real_images`.
    experiment: name of an experiment.
    decimals: digits after the point that are shown.
    """

    variant: str | None = None
    sweep: str | None = None
    control: Literal["mean_image", "pixels", "real_images"] | None = None
    experiment: str | None = None
    metric: Text
    decimals: Annotated[int, Field(ge=0, le=6)] = 3

    @model_validator(mode="after")
    def _one_of_four(self) -> "Source":
        if len(self._named) != 1:
            raise ValueError(f"give one of {', '.join(KINDS)}")
        return self

    @property
    def kind(self) -> str:
        """Which of the four it is."""
        return next(iter(self._named))

    @property
    def name(self) -> str:
        """Name of the variant, kind in the sweep, control or experiment."""
        return next(iter(self._named.values()))

    @property
    def _named(self) -> dict[str, str]:
        return {kind: name for kind in KINDS if (name := getattr(self, kind)) is not None}


class Ratio(Settings):
    """The quotient of two metrics."""

    ratio: Annotated[list[str], Field(min_length=2, max_length=2)]


# The name of one of the claim's metrics, or a number, or a quotient.
Operand = str | float | Ratio
Pair = Annotated[list[Operand], Field(min_length=2, max_length=2)]


class Rule(Settings):
    """One comparison of two operands: exactly one of `greater`, `less` and `near`.

    greater, less: the first is greater or less than the second, beyond both intervals. `by`: by more than that.
    near: they differ by less than `within`.
    """

    greater: Pair | None = None
    less: Pair | None = None
    near: Pair | None = None
    by: Annotated[float, Field(ge=0)] = 0.0
    within: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_comparison(self) -> "Rule":
        if sum(pair is not None for pair in (self.greater, self.less, self.near)) != 1:
            raise ValueError("give one of greater, less, near")
        if (self.near is not None) != (self.within is not None):
            raise ValueError("`within` belongs to `near`, and `near` needs it")
        if self.near is not None and self.by:
            raise ValueError("`by` belongs to `greater` and `less`")
        return self

    @property
    def pair(self) -> list[Operand]:
        """The two operands."""
        return self.greater or self.less or self.near or []

    @property
    def names(self) -> Iterator[str]:
        """Names of metrics that the rule uses."""
        for operand in self.pair:
            if isinstance(operand, str):
                yield operand
            elif isinstance(operand, Ratio):
                yield from operand.ratio


class Claim(Settings):
    """What a lecture says, in our words, and how it is decided.

    lecture: its key in `lectures`. where: the section of the lecture.
    kind: whether the lecture states it, sets it as an exercise, or asks it.
    metrics: name -> where it stands; rules use the names. rules: the claim holds if all are shown.
    see: section of the report, or a variant. note: how to read the metrics, or why there are none.
    because: outcomes of the rules, in their order ("shown refuted") -> why it is so; shown with these outcomes only, so
    that no changed result leaves a wrong reason.
    """

    id: Id
    lecture: str
    where: Text
    kind: Literal["claim", "exercise", "question"] = "claim"
    claim: Text
    metrics: dict[Id, Source] = Field(default_factory=dict)
    rules: list[Rule] = Field(default_factory=list)
    see: str | None = None
    note: str | None = None
    because: dict[Text, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _rules_use_metrics(self) -> "Claim":
        used = [name for rule in self.rules for name in rule.names]
        for name in used:
            if name not in self.metrics:
                raise ValueError(f"{self.id}: no metric {name!r}{suggestion(name, self.metrics)}")
        for name in self.metrics:
            if name not in used:
                raise ValueError(f"{self.id}: no rule uses the metric {name!r}")
        if not self.rules and not self.note:
            raise ValueError(f"{self.id}: without rules a note has to say why nothing is measured")
        for outcomes in self.because:
            words = outcomes.split()
            if len(words) != len(self.rules) or not set(words) <= set(Outcome):
                raise ValueError(f"{self.id}: because {outcomes!r} needs {', '.join(Outcome)} for each of the rules")
        return self


class Ledger(Settings):
    """All claims. lectures: key -> title."""

    lectures: Annotated[dict[Id, Text], Field(min_length=1)]
    claims: list[Claim]

    @model_validator(mode="after")
    def _known_lectures_and_single_ids(self) -> "Ledger":
        seen: set[str] = set()
        for claim in self.claims:
            if claim.lecture not in self.lectures:
                raise ValueError(f"{claim.id}: no lecture {claim.lecture!r}{suggestion(claim.lecture, self.lectures)}")
            if claim.id in seen:
                raise ValueError(f"two claims are called {claim.id!r}")
            seen.add(claim.id)
        return self

    def of(self, lecture: str) -> list[Claim]:
        """The claims of one lecture, in the file's order."""
        return [claim for claim in self.claims if claim.lecture == lecture]


def read(path: Path = FILE) -> Ledger:
    """The checked ledger.

    Raises:
        SettingsError: it is not YAML, or an entry is wrong; names the entry and what is allowed.
        HourglassError: the file is missing.
    """
    try:
        content = YAML(typ="safe").load(read_bytes(path).decode())
    except (YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    try:
        return Ledger.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"{path}: {_where(content, first['loc'])}{_message(first['msg'])}") from None


def _where(content: object, location: Iterable[int | str]) -> str:
    """The place of an error; claims by their ids instead of their numbers."""
    parts = [str(part) for part in location]
    if len(parts) > 1 and parts[0] == "claims" and isinstance(content, dict):
        entry = content["claims"][int(parts[1])]
        parts[1] = str(entry.get("id", parts[1])) if isinstance(entry, dict) else parts[1]
    # Of a choice of operands pydantic names the kind that it tried.
    return f"{'.'.join(parts)}: " if parts else ""


def _message(text: str) -> str:
    text = text.removeprefix("Value error, ")
    return f"{text[:1].lower()}{text[1:]}"
