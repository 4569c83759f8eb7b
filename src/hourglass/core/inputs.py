"""What dvc.yaml says that a stage depends on, and whether any of it changed while the stage ran.

DVC hashes dependencies after a stage's command has ended (treeverse/dvc issue 11058). So it would record an edit made
meanwhile as what the results were made from.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hourglass.core import params
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import remove

PIPELINE = Path("dvc.yaml")
TEMPLATE = re.compile(r"\$\{(.+?)\}")
# Content of these files decides. Of others, which may be large, size, time and inode do.
CODE = Path("src")
# What .dvcignore names: bytecode, and the files of editors.
IGNORED = re.compile(r"__pycache__|\..*|.*(~|\.pyc|\.swp)")
MISSING = "missing"


@dataclass(frozen=True)
class Declared:
    """What dvc.yaml states of one stage, its templates filled in.

    deps, outs: files and folders. params: key paths in params.yaml.
    """

    deps: Sequence[Path] = ()
    params: Sequence[str] = ()
    outs: Sequence[Path] = ()


def declared(name: str, arguments: Sequence[str]) -> Declared:
    """What dvc.yaml states of the stage `name`; of a `foreach` stage, for the entry that the first argument names.

    Returns:
        Nothing declared, where there is no such stage.

    Raises:
        SettingsError: dvc.yaml or params.yaml is not valid YAML.
    """
    try:
        stages = (YAML(typ="safe").load(PIPELINE.read_text(encoding="utf-8")) or {}).get("stages") or {}
    except FileNotFoundError:
        return Declared()
    except (YAMLError, UnicodeDecodeError, AttributeError) as error:
        raise SettingsError(f"{PIPELINE} cannot be read: {' '.join(str(error).split())}") from None
    if name not in stages:
        return Declared()
    stage, scope = stages[name], params.content()
    if "foreach" in stage:
        key = arguments[0] if arguments else ""
        entries = _at(scope, stage["foreach"].strip("${} "))
        if not isinstance(entries, Mapping) or key not in entries:
            return Declared()  # the stage itself says that there is no such variant
        stage, scope = stage["do"], {**scope, "key": key, "item": entries[key]}

    def filled(*parts: str) -> list[str]:
        entries = (entry for part in parts for entry in stage.get(part) or ())
        names = (next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries)
        return [TEMPLATE.sub(lambda found: str(_at(scope, found[1])), entry) for entry in names]

    return Declared(
        [Path(dep) for dep in filled("deps")],
        filled("params"),
        [Path(out) for out in filled("outs", "metrics", "plots")],
    )


def fingerprint(stage: Declared) -> dict[str, str]:
    """File or key path that the stage depends on -> what tells one content from another."""
    found = {str(file): _of_file(file) for dep in stage.deps for file in _files(dep)}
    settings = params.content() if stage.params else {}
    for key in stage.params:
        found[f"{params.PARAMS}: {key}"] = json.dumps(_at(settings, key), sort_keys=True, default=repr)
    return found


def require_unchanged(stage: Declared, before: Mapping[str, str]) -> None:
    """Return if the stage's dependencies are what `fingerprint` found before; else remove its outputs.

    Raises:
        HourglassError: names what changed. SettingsError: params.yaml cannot be read any more.
    """
    try:
        after = fingerprint(stage)
    except HourglassError:
        remove(*stage.outs)
        raise
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if not changed:
        return
    remove(*stage.outs)
    more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
    raise HourglassError(
        f"{', '.join(changed[:3])}{more} changed while the stage ran, so its results were removed; run it again"
    )


def _files(path: Path) -> Iterator[Path]:
    """`path` itself, or all files below it but those that DVC ignores."""
    if not path.is_dir():
        yield path
        return
    for file in path.iterdir():
        if not IGNORED.fullmatch(file.name):
            yield from _files(file)


def _of_file(file: Path) -> str:
    try:
        if CODE in file.parents:
            return hashlib.sha256(file.read_bytes()).hexdigest()
        state = file.stat()
    except OSError:
        return MISSING
    return f"{state.st_size} {state.st_mtime_ns} {state.st_ino}"


def _at(tree: Any, path: str) -> Any:
    """What stands at a dotted path, or None."""
    for part in path.split("."):
        tree = tree.get(part) if isinstance(tree, Mapping) else None
    return tree
