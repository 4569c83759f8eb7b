"""What becomes of a challenger, in words and as tags of its version; the record of such decisions."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlflow.entities.model_registry import ModelVersion

from hourglass.core.metrics import Estimate
from hourglass.tracking.tags import KEY, VARIANT

DECISION = "hourglass.decision"
# A version is `decided` until the alias has moved to it, then `promoted`.
DECIDED, PROMOTED, REFUSED = "decided", "promoted", "refused"
# The champion that was replaced: its number, and the key of its results, which it keeps if it is registered again.
PREVIOUS, PREVIOUS_KEY = "hourglass.previous", "hourglass.previous_key"
VALIDATION, DIFFERENCE, MARGIN, AGAINST = (
    f"hourglass.{name}" for name in ("validation", "difference", "margin", "against")
)
NAMES = (DECISION, PREVIOUS, PREVIOUS_KEY, VALIDATION, DIFFERENCE, MARGIN, AGAINST)
# Begins the last paragraphs of a version's description, one per decision: how it became the champion, or why not.
COMMENT = "**Promotion.**"
# A difference of ROC-AUCs that rounding can reach: the same scores, computed elsewhere, may swap a few images.
SAME = -1e-4


@dataclass(frozen=True)
class Decision:
    """What becomes of a challenger.

    promoted: whether it becomes the champion. against: the champion, None if there is none.
    difference: ROC-AUC of the challenger less the champion's, on the same validation images.
    digest: of the validation images.
    margin: must lie below the interval of the difference. None: the challenger was named and is another version of the
        champion's variant, so the interval must reach to `SAME`.
    """

    variant: str
    promoted: bool
    digest: str
    margin: float | None
    against: ModelVersion | None = None
    difference: Estimate | None = None

    def __str__(self) -> str:
        if self.against is None or self.difference is None:
            return f"{self.variant} is the first champion; validation images {self.digest[:12]}"
        value, low, high = self.difference.value, self.difference.low, self.difference.high
        measured = (
            f"its ROC-AUC on the same validation images ({self.digest[:12]}) differs by {value:+.4f}, 95% interval "
            f"{low:+.4f} to {high:+.4f}; {self._required()}"
        )
        better = "is not shown to be worse than" if self.margin is None else "is better than"
        verb = better if self.promoted else "does not replace"
        return f"{self.variant} {verb} the champion, {named(self.against)}: {measured}"

    def _required(self) -> str:
        if self.margin is None:
            return f"it is the same variant, asked for by name, so the upper end must be at least {SAME:g}"
        return f"the lower end must exceed the margin, {self.margin:g}"

    def tags(self) -> dict[str, str | None]:
        """The decision as tags of the challenger's version, by every name of `NAMES`; None: the tag has no value."""
        tags: dict[str, str | None] = dict.fromkeys(NAMES)
        tags |= {DECISION: DECIDED if self.promoted else REFUSED, VALIDATION: self.digest}
        if self.against is not None and self.difference is not None:
            value, low, high = self.difference.value, self.difference.low, self.difference.high
            tags |= {
                DIFFERENCE: f"{value:+.4f} [{low:+.4f}, {high:+.4f}]",
                MARGIN: None if self.margin is None else f"{self.margin:g}",
                AGAINST: str(self.against.version),
            }
            if self.promoted:
                tags |= {PREVIOUS: str(self.against.version), PREVIOUS_KEY: self.against.tags.get(KEY)}
        return tags


def record(version: ModelVersion) -> tuple[dict[str, str], list[str]]:
    """The decisions on a version: the tags of the last one, and the paragraphs of all, without `COMMENT`."""
    _, *paragraphs = (version.description or "").split(COMMENT)
    tags = {name: version.tags[name] for name in NAMES if name in version.tags}
    return tags, [paragraph.strip() for paragraph in paragraphs]


def described(card: str, paragraphs: Sequence[str]) -> str:
    """The description of a version with that card and those decisions."""
    return "\n\n".join([card.strip(), *(f"{COMMENT} {paragraph}" for paragraph in paragraphs)]).strip()


def named(version: ModelVersion) -> str:
    """The version's number and variant."""
    return f"version {version.version} ({version.tags.get(VARIANT, 'not published by this project')})"
