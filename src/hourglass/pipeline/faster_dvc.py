"""DVC's command line, spending less on YAML: `python -m hourglass.pipeline.faster_dvc repro --single-item prepare`.

After each stage DVC rewrites the whole of dvc.lock with a parser in Python that keeps comments. To compare parameters
it parses params.yaml once per stage, and searches all of it for each parameter. That was three quarters of what DVC
adds to a stage, and more than half of what it takes to find nothing to do (docs/lab-notes.md). What is written here has
the same content, with long lines folded elsewhere; `fold_lines` brings a file back to what `dvc` itself writes.

This replaces functions that DVC keeps to itself. Another version of DVC runs as it is.
"""

import io
import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.representer import RepresenterError

from hourglass.core.files import write_text

LOCK = "dvc.lock"
# The versions of DVC whose functions are known; tests/pipeline/test_faster_dvc.py says what must hold of another.
KNOWN = "3.67."


def main(arguments: list[str]) -> int:
    """Run `dvc ARGUMENTS`; return its exit status."""
    from dvc.cli import main as dvc_main

    if version("dvc").startswith(KNOWN):
        _speed_up()
    return int(dvc_main(arguments))


def _speed_up() -> None:
    import dpath
    from dvc import dvcfile
    from dvc.dependency import param
    from dvc.utils.serialize import _yaml

    _yaml.parse_yaml = lru_cache(maxsize=4)(_yaml.parse_yaml)  # of the text, so an edited file is parsed again
    dvcfile.modify_yaml = _modify
    param.dpath = SimpleNamespace(get=_get, search=dpath.search)


def _get(content: dict[str, Any], path: str, separator: str) -> Any:
    """What stands at a path; patterns, and numbers of list entries, are left to DVC's function."""
    import dpath

    place: Any = content
    for part in path.split(separator):
        if not isinstance(place, Mapping) or part not in place:
            return dpath.get(content, path, separator=separator)
        place = place[part]
    return place


def fold_lines(lock: Path) -> None:
    """Write the file `lock` as `dvc` does."""
    from dvc.utils.serialize import dumps_yaml, parse_yaml_for_update

    write_text(lock, dumps_yaml(parse_yaml_for_update(lock.read_text(encoding="utf-8"), str(lock))))


def _modify(path: str, fs: Any = None) -> AbstractContextManager[dict[str, Any]]:
    """In place of DVC's function: the content of a YAML file, which is written back when the block ends well."""
    from dvc.utils.serialize import modify_yaml

    return _modify_quickly(Path(path)) if Path(path).name == LOCK else modify_yaml(path, fs)  # others have comments


@contextmanager
def _modify_quickly(lock: Path) -> Iterator[dict[str, Any]]:
    """Yield the content of `lock`; write it back, whole or not at all, when the block ends well."""
    content = load(lock)
    yield content
    write_text(lock, dump(content))


def load(lock: Path) -> dict[str, Any]:
    """The content of dvc.lock; empty if it is not there."""
    return parse(lock.read_text(encoding="utf-8")) if lock.exists() else {}


def parse(text: str) -> dict[str, Any]:
    """The content of a dvc.lock's text."""
    return _compiled().load(text) or {}


def dump(content: Mapping[str, Any]) -> str:
    """The content of dvc.lock as YAML; by DVC's own writer if it holds a type that the quick one does not know."""
    from dvc.utils.serialize import dumps_yaml

    stream = io.StringIO()
    try:
        _compiled().dump(content, stream)
    except RepresenterError:
        return str(dumps_yaml(content))
    return stream.getvalue()


def _compiled() -> YAML:
    """Reader and writer in C, with the YAML 1.2 rules, the order and the empty null of DVC's own."""
    yaml = YAML(typ="safe", pure=False)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel types it by its default
    yaml.representer.add_representer(type(None), _empty)
    yaml.representer.add_representer(OrderedDict, yaml.representer.represent_dict.__func__)
    return yaml


def _empty(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
