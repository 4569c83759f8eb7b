"""DVC's command line, spending less on YAML: `python -m hourglass.pipeline.faster_dvc repro --single-item prepare`.

After each stage DVC rewrites the whole of dvc.lock with a parser in Python that keeps comments. To compare parameters
it parses params.yaml once per stage, and searches all of it for each parameter. That was three quarters of what DVC
adds to a stage, and more than half of what it takes to find nothing to do (docs/lab-notes.md). What is written here has
the same content, with long lines folded elsewhere; `fold_lines` brings a file back to what `dvc` itself writes.
"""

import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import dpath
from dvc import dvcfile
from dvc.cli import main as dvc_main
from dvc.dependency import param
from dvc.utils.serialize import _yaml as dvc_yaml
from ruamel.yaml import YAML

LOCK = "dvc.lock"


def main(arguments: list[str]) -> int:
    """Run `dvc ARGUMENTS`; return its exit status."""
    dvc_yaml.parse_yaml = lru_cache(maxsize=4)(dvc_yaml.parse_yaml)  # of the text, so an edited file is parsed again
    dvcfile.modify_yaml = _modify_quickly
    param.dpath = SimpleNamespace(get=_get, search=dpath.search)
    return int(dvc_main(arguments))


def _get(content: dict[str, Any], path: str, separator: str) -> Any:
    """What stands at a path; patterns, and numbers of list entries, are left to DVC's function."""
    place: Any = content
    for part in path.split(separator):
        if not isinstance(place, Mapping) or part not in place:
            return dpath.get(content, path, separator=separator)
        place = place[part]
    return place


def fold_lines(lock: Path) -> None:
    """Write the file `lock` as `dvc` does."""
    with dvc_yaml.modify_yaml(lock):
        pass


@contextmanager
def _modify_quickly(path: str, fs: Any = None) -> Iterator[dict[str, Any]]:
    """In place of DVC's function: yield the content of a YAML file, and write it back when the block ends well."""
    with _modification(path, fs) as content:
        yield content


def _modification(path: str, fs: Any) -> AbstractContextManager[dict[str, Any]]:
    if Path(path).name != LOCK:
        return dvc_yaml.modify_yaml(path, fs)  # people write comments into other files
    return dvc_yaml._modify_data(path, lambda text, _: _compiled().load(text) or {}, _dump, fs)


def _dump(content: Mapping[str, Any], stream: IO[str]) -> None:
    _compiled().dump(content, stream)


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
