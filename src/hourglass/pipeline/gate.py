"""The gate: exit 1, with a line each, for failed criteria, stale or damaged results, worse metrics, unfit champion.

A criterion that was met, and is missed by no more than another training of the same network may miss it by, is a note.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML

from hourglass.core import layout, params
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import read_json
from hourglass.pipeline import acceptance, hashes, pull_request, staleness
from hourglass.pipeline.acceptance import Criterion, Row
from hourglass.pipeline.schema import Params
from hourglass.spread import Spread, Trained

MAIN = "main"
ROWS = TypeAdapter(list[Row])


@dataclass(frozen=True)
class Loss:
    """A criterion's metric that is worse than at revision `against` by its tolerance or more."""

    variant: str
    metric: str
    old: float
    new: float
    tolerance: float
    against: str

    def __str__(self) -> str:
        return (
            f"worse than {self.against}: {self.variant} {self.metric} went from {self.old:.4f} to {self.new:.4f}, "
            f"tolerance {self.tolerance:.3g}"
        )


@dataclass(frozen=True)
class Outcome:
    """The outcome of the gate.

    against: the revision that metrics were compared with; None: there is none with results of the same data.
    criteria: all of them, failed ones too. stale: stage -> what differs from dvc.lock. damaged: a line for each result
    that is not what its stage wrote. worse: metrics that got worse.
    champion: what is wrong with the model that is served, or None. problems: a line for each problem. notes: a line for
    each failed criterion that is none.
    """

    against: str | None
    criteria: Sequence[Row]
    stale: Mapping[str, Sequence[str]]
    damaged: Sequence[str]
    worse: Sequence[Loss]
    champion: str | None
    problems: Sequence[str]
    notes: Sequence[str]

    @property
    def passed(self) -> bool:
        """Whether there is no problem."""
        return not self.problems

    def __str__(self) -> str:
        if self.problems:
            return f"{len(self.problems)} problems"
        compared = f"no metric is worse than on {self.against}"
        unknown = "metrics were not compared: no revision with results of the same data"
        comparison = compared if self.against else unknown
        count = f"all {len(self.criteria)} criteria passed"
        if self.notes:
            count = f"{len(self.criteria)} criteria, {len(self.notes)} of them missed by no more than trainings differ"
        return f"{count}; results are up to date; {comparison}"


def main(
    against: str | None, champion: str | None = None, *, as_json: bool = False, summary: Path | None = None
) -> int:
    """Print what is wrong and return 1, or say that all is well and return 0.

    Args:
        against: the git revision to compare metrics with; None: the main branch, if there is one.
        champion: what is wrong with the model that is served, a line, or None.
        as_json: print the outcome and the headline metrics as JSON; problems and notes go to stderr, a line each.
        summary: a file to append the outcome and the headline metrics to, as Markdown.

    Raises:
        SettingsError: the named revision is not in this repository, or params.yaml is wrong.
        HourglassError: results are missing, or `summary` cannot be written.
    """
    outcome = examine(against, champion)
    for line in (*outcome.problems, *outcome.notes):
        print(line, file=sys.stderr)
    if as_json or summary:
        headlines = pull_request.compare(_summary_at(outcome.against), read_json(layout.SUMMARY))
        if summary:
            lines = [*outcome.problems, *outcome.notes]
            text = pull_request.markdown(str(outcome), lines, outcome.against, headlines)
            with summary.open("a", encoding="utf-8") as file:
                file.write(text)
        if as_json:
            print(json.dumps({"passed": outcome.passed, **asdict(outcome), "headlines": headlines}, indent=2))
    if outcome.passed and not as_json:
        print(outcome)
    return 0 if outcome.passed else 1


def examine(against: str | None, champion: str | None) -> Outcome:
    """Compare results with the criteria, with dvc.lock and with a revision; arguments and errors as of `main`."""
    base = _base(against)
    if base and _data(_params_at(base)) != _data(params.content()):
        if against:
            raise SettingsError(f"--against: {against!r} has results of another dataset or normal class; name another")
        base = None
    rows = criteria()
    behind = staleness.behind()
    losses = list(worse(base)) if base else []
    failed = [row for row in rows if not row.passed]
    narrow = narrowly_missed(failed, base) if base else []
    problems = [f"criterion failed: {row}" for row in failed if row not in narrow]
    problems += staleness.stale() if behind else []
    damaged = hashes.damaged(behind)
    problems += damaged
    problems += [*map(str, losses), *([champion] if champion else [])]
    notes = [f"criterion missed by no more than trainings differ, since {base} met it: {row}" for row in narrow]
    return Outcome(base, rows, behind, damaged, losses, champion, problems, notes)


def criteria() -> list[Row]:
    """All criteria's results, as stage `accept` wrote them.

    Raises:
        HourglassError: the file is missing or holds something else.
    """
    try:
        return ROWS.validate_python(read_json(layout.ACCEPTANCE)["criteria"])
    except (KeyError, TypeError, ValidationError):
        raise HourglassError(f"{layout.ACCEPTANCE} holds no criteria; delete it and run `hourglass repro`") from None


def narrowly_missed(failed: Sequence[Row], base: str) -> list[Row]:
    """Those of the failed criteria that revision `base` met, and whose metric fell by less than trainings differ.

    A stated `tolerance` excuses none: it is no measurement. Next time these results are the base, which missed it.
    """
    settings, spread = params.read(Params), _spread()
    missed, found = {(row.name, row.variant): row for row in failed}, []
    for name, variant, criterion in acceptance.expand(settings.accept, settings.variants):
        row = missed.get((name, variant))
        old = _value_at(base, variant, criterion) if row else None
        if row is None or old is None or not criterion.passed(old):
            continue
        if criterion.loss(old, row.value) < spread.excused(variant, criterion.metric):
            found.append(row)
    return found


def worse(base: str) -> Iterator[Loss]:
    """The criteria's metrics that are worse than at revision `base` by their tolerance or more.

    That is the criterion's, or what trainings differ by if that is more.
    """
    settings, spread = params.read(Params), _spread()
    for _, variant, criterion in acceptance.expand(settings.accept, settings.variants):
        old = _value_at(base, variant, criterion)
        if old is None:
            continue  # a new variant or metric has no past
        new = criterion.value(read_json(layout.metrics(criterion.kind, variant)))
        tolerance = max(criterion.tolerance, spread.tolerance(variant, criterion.metric))
        if (loss := criterion.loss(old, new)) > 0 and loss >= tolerance:
            yield Loss(variant, criterion.metric, old, new, tolerance, base)


def _value_at(base: str, variant: str, criterion: Criterion) -> float | None:
    """A criterion's metric at revision `base`, or None if it is not there."""
    try:
        return criterion.value(json.loads(_at(base, layout.metrics(criterion.kind, variant))))
    except KeyError:
        return None


def _spread() -> Spread:
    settings = params.read(Params)
    return Spread.read(settings.data.name, settings.data.normal, params.read(Trained).digests())


def _params_at(base: str) -> Mapping[str, Any] | None:
    content: Mapping[str, Any] | None = YAML(typ="safe").load(_git("show", f"{base}:./{params.PARAMS}") or "")
    return content


def _data(settings: Mapping[str, Any] | None) -> tuple[str | None, list[int | str]]:
    """Dataset and normal classes in the content of a params.yaml."""
    data = (settings or {}).get("data") or {}
    normal = data.get("normal_class", 0)
    return data.get("name"), normal if isinstance(normal, list) else [normal]


def _summary_at(base: str | None) -> pull_request.Summary:
    summary: pull_request.Summary = json.loads(_at(base, layout.SUMMARY)) if base else {}
    return summary


def _at(base: str, path: Path) -> str:
    """The JSON file `path` at revision `base`, or an empty object if it is not there."""
    return _git("show", f"{base}:./{path}") or "{}"


def _base(against: str | None) -> str | None:
    """The revision to compare with, or None if there is none.

    On the main branch itself that is the commit before, unless there are new metrics which are not committed yet.
    """
    names = (f"origin/{against or MAIN}", against or MAIN)
    base = next((name for name in names if _commit(name)), None)
    if against and not base:
        raise SettingsError(f"--against: no revision {against!r} here; fetch it, or name another")
    committed = _git("diff", "--quiet", "HEAD", "--", str(layout.METRICS)) is not None
    if base and _commit(base) == _commit("HEAD") and committed:
        return f"{base}~1" if _commit(f"{base}~1") else None
    return base


def _commit(revision: str) -> str | None:
    return _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")


def _git(*arguments: str) -> str | None:
    """What `git ARGUMENTS` prints, or None if it fails."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None
