"""Whether results on disk are byte for byte what dvc.lock says that their stages wrote.

DVC believes a file whose time and size it knows, and restores a file from its cache without reading it. So a damaged
disk, or a damaged cache, goes unnoticed. Here every byte is read.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hourglass.core.errors import HourglassError
from hourglass.core.files import parse_json
from hourglass.core.inputs import IGNORED
from hourglass.pipeline import dvc

LOCK = Path("dvc.lock")
FOLDER = ".dir"


def damaged(known: Mapping[str, Collection[str]]) -> list[str]:
    """Return a line for each result that differs from dvc.lock; what is missing does not count, as in a fresh clone.

    Args:
        known: stage -> results of it that DVC itself says are modified; they are left out.

    Raises:
        HourglassError: dvc.lock cannot be read.
    """
    wrong = [
        (stage, Path(out["path"]), str(out["md5"]))
        for stage, outs in _outs().items()
        for out in outs
        if out["path"] not in known.get(stage, ()) and _differs(Path(out["path"]), out["md5"])
    ]
    cache = Path(dvc.ask("cache", "dir").strip()) / "files" / "md5" if wrong else Path()
    return [_line(stage, path, cache / md5[:2] / md5[2:]) for stage, path, md5 in wrong]


def _outs() -> dict[str, list[dict[str, Any]]]:
    """Stage -> its outputs in dvc.lock."""
    try:
        stages = (YAML(typ="safe").load(LOCK.read_text(encoding="utf-8")) or {}).get("stages", {})
        return {stage: [out for out in entry.get("outs", ()) if "md5" in out] for stage, entry in stages.items()}
    except FileNotFoundError:
        return {}
    except (YAMLError, UnicodeDecodeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise HourglassError(f"{LOCK} cannot be read ({reason}); run `git checkout {LOCK}`") from None


def _line(stage: str, path: Path, cached: Path) -> str:
    file, right = path, cached.exists() and not _differs(cached, cached.parent.name + cached.name)
    if right and path.is_dir():
        entries = {entry["relpath"]: entry["md5"] for entry in parse_json(cached.read_bytes())}
        found: dict[str, str] = {}
        _digest(path, found)
        name = min(name for name in entries.keys() | found.keys() if entries.get(name) != found.get(name))
        file, cached = path / name, cached.parents[1] / entries.get(name, "-")[:2] / entries.get(name, "-")[2:]
        right = not cached.is_file() or not _differs(cached, entries[name])
    fix = f"delete {path}, then run `dvc checkout {path}`" if right else f"delete {path} and {cached}, then run `make`"
    return f"damaged: {file} is not what stage {stage} wrote; {fix}"


def _differs(path: Path, md5: str) -> bool:
    """Whether something with another digest stands at `path`; the list of a folder's files is itself a file."""
    return path.exists() and _digest(path, {}).removesuffix(FOLDER) != md5.removesuffix(FOLDER)


def _digest(path: Path, listing: dict[str, str]) -> str:
    """MD5 of a file, or DVC's of a folder: that of its files' names and MD5s as JSON. Fills `listing` with these."""
    if path.is_file():
        with path.open("rb") as content:
            return hashlib.file_digest(content, "md5").hexdigest()
    for file in path.rglob("*"):
        names = file.relative_to(path).parts
        if file.is_file() and not any(IGNORED.fullmatch(name) for name in names):
            listing["/".join(names)] = _digest(file, {})
    entries = [{"md5": listing[name], "relpath": name} for name in sorted(listing)]
    return hashlib.md5(json.dumps(entries, sort_keys=True).encode(), usedforsecurity=False).hexdigest() + FOLDER
