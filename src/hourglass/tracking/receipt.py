"""What MLflow was last given from this checkout: a note beside the results, neither a DVC output nor in git.

DVC restores its outputs and git its files when an experiment is undone; the note stays, and so tells that MLflow shows
something else than what lies on disk.
"""

import hashlib
import json
from collections.abc import Callable, Sequence

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_json
from hourglass.tracking.address import address, is_lost, root, shown
from hourglass.tracking.contents import Contents
from hourglass.tracking.settings import Names


def note(contents: Sequence[Contents], names: Names) -> None:
    """Note that `contents` are published."""
    write_json(layout.PUBLISHED, _state(contents, names))


def is_outdated(contents: Callable[[], Sequence[Contents]], names: Names) -> bool:
    """Whether something else than `contents` was last published from here, or elsewhere than one publishes now.

    Where nothing was ever published, as on a fresh clone, nothing is outdated, and `contents` is not called.
    """
    if not layout.PUBLISHED.exists():
        return False
    try:
        noted = read_json(layout.PUBLISHED)
    except HourglassError:  # a damaged note
        return True
    return is_lost() or noted != _state(contents(), names)


def _state(contents: Sequence[Contents], names: Names) -> dict[str, str]:
    """Digest of the results, where they are recorded, and under which names; without a password."""
    results = [(content.variant, content.key(), content.accepted) for content in contents]
    digest = hashlib.sha256(json.dumps(results).encode()).hexdigest()
    where = {"tracking": shown(address()), "experiment": names.experiment, "model": names.model}
    # A database keeps its artifacts in this folder, by their absolute path: once it is moved, none is found.
    folder = {"folder": str(root())} if address().startswith("sqlite:") else {}
    return where | folder | {"results": digest}
