"""The commit that every node runs: what stages read beside results has to be committed."""

import subprocess
from pathlib import Path

from ruamel.yaml import YAML

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.inputs import PIPELINE
from hourglass.core.params import PARAMS
from hourglass.pipeline.forecast import listed

RESULTS = (layout.RAW, layout.PREPARED, layout.MODELS, layout.REPORTS)


def require_committed() -> None:
    """Return if the commit has everything that stages read beside results, as it is here.

    Raises:
        HourglassError: names what differs; or this is no git repository.
    """
    _git("ls-files", "--error-unmatch", str(PIPELINE), str(PARAMS))
    lines = _git("status", "--porcelain", "--untracked-files=all", "--", *_inputs()).decode().splitlines()
    names = [line[3:] for line in lines]
    if names:
        verb = "are" if len(names) > 1 else "is"
        raise HourglassError(
            f"nodes run what is committed, and {listed(names)} {verb} not; commit what "
            "changed, or rebuild here, without --ray"
        )


def archive() -> bytes:
    """The files of the commit as a tar archive, without results: nodes get those that a stage needs."""
    return _git("archive", "--format=tar", "HEAD", "--", ".", f":(exclude){layout.REPORTS}")


def _inputs() -> list[str]:
    """Files and folders that dvc.yaml's stages depend on and no stage writes; a template stands for its folder."""
    stages = YAML(typ="safe").load(PIPELINE.read_text(encoding="utf-8"))["stages"]
    deps = {dep.partition("${")[0] for stage in stages.values() for dep in stage.get("do", stage).get("deps", ())}
    code = {dep for dep in deps if not any(Path(dep).is_relative_to(result) for result in RESULTS)}
    return sorted(code | {str(PIPELINE), str(PARAMS), ".dvcignore"})


def _git(*arguments: str) -> bytes:
    done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise HourglassError(f"nodes run what git has committed here, and git says: {reason[0]}")
    return done.stdout
