"""Which DVC experiment the results on disk belong to; needs no mlflow, which takes seconds to import."""

import os
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML

from hourglass.core.errors import HourglassError
from hourglass.core.files import read_bytes
from hourglass.tracking import git
from hourglass.tracking.address import root

# DVC sets it for the commands of `dvc exp run`, also with --temp and --queue.
VARIABLE = "DVC_EXP_NAME"
LOCK = "dvc.lock"
# Where DVC keeps experiments in git: refs/exps/COMMIT/NAME, with a slash after two digits of the commit.
REFERENCE = re.compile(r"refs/exps/[0-9a-f]{2}/[0-9a-f]{38}/(.+)")
# These stages make no result of a variant; a rebuild after the experiment may run them.
LAST = ("report", "publish")


def current() -> str | None:
    """Name of the DVC experiment that the results on disk belong to; None: they are committed, or edited by hand.

    While `dvc exp run` runs, DVC says so. After it, or after `dvc exp apply`, dvc.lock is the experiment's.
    """
    return os.environ.get(VARIABLE) or _applied()


def require_none() -> None:
    """Return if the results on disk belong to no DVC experiment.

    Raises:
        HourglassError: they do; says how to keep or undo it.
    """
    if name := current():
        raise HourglassError(
            f"the results on disk are those of DVC experiment {name}: keep it by `git commit`, or undo it by "
            "`git checkout . && dvc checkout`"
        )


def _applied() -> str | None:
    if not git.ask("status", "--porcelain", "--", LOCK):
        return None
    present = _results(read_bytes(root() / LOCK).decode())
    references = git.ask("for-each-ref", "--sort=-creatordate", "--format=%(refname)", "refs/exps").splitlines()
    for reference in references:
        named = REFERENCE.fullmatch(reference)
        if named and _results(git.ask("show", f"{reference}:{LOCK}")) == present:
            return named[1]
    return None


def _results(lock: str) -> Mapping[str, Any]:
    """Stage -> what dvc.lock has of it, without the last stages."""
    stages = (YAML(typ="safe").load(lock) or {}).get("stages", {})
    return {stage: entry for stage, entry in stages.items() if stage not in LAST}
