"""What `hourglass repro` may be asked for: a file of stages, a stage, or a path that DVC knows."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from hourglass.core import inputs, params
from hourglass.core.errors import SettingsError
from hourglass.core.files import read_bytes
from hourglass.core.params import PARAMS, suggestion


def require(target: str) -> None:
    """Return if there is such a file or such a stage. A path into a folder is left to DVC.

    Raises:
        SettingsError: there is neither; gives the nearest name, or all of them.
    """
    if Path(target).exists() or "/" in target:
        return
    stages = YAML(typ="safe").load(read_bytes(inputs.PIPELINE))["stages"]
    name, at, entry = target.partition("@")
    if name not in stages or (at and "foreach" not in stages[name]):
        raise SettingsError(f"no file and no stage {target!r}{suggestion(name, stages)}")
    if at:
        _require_entry(target, entry, stages[name]["foreach"].strip("${}"))


def _require_entry(target: str, entry: str, section: str) -> None:
    entries: Any = params.content()
    for part in section.split("."):
        entries = entries[part]
    if entry not in entries:
        raise SettingsError(f"no stage {target!r}: {section} in {PARAMS} has no {entry!r}{suggestion(entry, entries)}")
