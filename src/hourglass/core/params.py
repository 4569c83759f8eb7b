"""params.yaml as checked settings. An unknown key is an error, never a silent default.

Each part of the file has a schema beside the code that it configures. A stage states the parts it needs in a schema
of its own and reads them with `read`; pipeline/schema.py puts all parts together.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, ScalarEvent

from hourglass.core.device import Device
from hourglass.core.errors import SettingsError
from hourglass.core.origin import InstructionSet

PARAMS = Path("params.yaml")
# Far beyond any sensible file: what exceeds them is an attack or an accident, and could take minutes to read.
LARGEST_FILE = 2**20
DEEPEST = 32
LONGEST_VALUE = 4096
LARGEST_NUMBER = 2**53  # beyond it, not every integer is a float


class Settings(BaseModel):
    """Base of every group of settings: no unknown keys, no silent conversions, read-only."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Common(Settings):
    """The settings that every stage with numbers of its own reads.

    seed: every random draw of every stage follows from it.
    threads: CPU threads of each stage. A parameter, because sums in another order differ in the last bits: with it
        fixed, results do not depend on the machine's core count.
    instruction_set: the vector instructions that numerical libraries may use, which also change the last bits. `native`
        is the fastest; `avx2` and `sse` give the same bits on more kinds of processor (docs/reproducibility.md).
    device: where networks compute. `auto` is a GPU where there is one, so that results depend on the machine.
    """

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    threads: PositiveInt
    instruction_set: InstructionSet = "native"
    device: Device = "cpu"


Group = TypeVar("Group", bound=BaseModel)


def suggestion(name: str, known: Iterable[str]) -> str:
    """`; did you mean X?` if a known name is near, otherwise the list of known names."""
    known = sorted(map(str, known))
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; allowed: {', '.join(known)}"


def check(where: str, values: object, schema: type[Group]) -> Group:
    """Validate `values` against `schema`.

    Args:
        where: the key path in params.yaml, for the message ("train", "variants.vae"); empty for the whole file.

    Raises:
        SettingsError: names the file, the key path, what is allowed and the nearest known name.
    """
    if not isinstance(values, Mapping):
        raise SettingsError(f"{PARAMS}: {where}: expected a mapping of settings, got {_shown(values)}")
    try:
        return schema.model_validate(dict(values))
    except ValidationError as error:
        # A misspelt key is also a missing one; the misspelling is what the user can see.
        first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
        location = [str(part) for part in first["loc"]]
        path = ".".join([where, *location] if where else location)
        if first["type"] == "extra_forbidden":
            what = "unknown setting" + suggestion(location[-1], _known(schema, location[:-1]))
        elif first["type"] == "missing":
            what = "missing; it has no default"
        elif first["type"] in ("model_type", "model_attributes_type", "dict_type", "mapping_type"):
            what = f"expected a mapping of settings, got {_shown(first['input'])}"
        else:
            message = first["msg"].removeprefix("Value error, ")
            what = f"{message[:1].lower()}{message[1:]}, got {_shown(first['input'])}"
        raise SettingsError(f"{PARAMS}: {path}: {what}") from None


def _shown(value: object) -> str:
    """A value as Python spells it, cut at 200 characters."""
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}..."


def _known(schema: type[BaseModel], path: Iterable[str]) -> list[str]:
    """The names that the group at `path` of a schema allows."""
    group: Any = schema
    for part in path:
        # Entries of a mapping or a list all have the same schema.
        named = isinstance(group, type) and issubclass(group, BaseModel)
        group = _named(group)[part] if named else get_args(group)[-1]
        while get_origin(group) in (Annotated, Union, UnionType):
            group = next(part for part in get_args(group) if part is not NoneType)
    return list(_named(group))


def _named(group: type[BaseModel]) -> dict[str, Any]:
    """Names of a group's settings as params.yaml spells them, and their types."""
    return {field.alias or name: field.annotation for name, field in group.model_fields.items()}


def content() -> dict[str, Any]:
    """The whole of params.yaml, unchecked, by the YAML 1.2 rules of DVC (so 1e-3 is a number).

    Raises:
        SettingsError: the file is missing, is not a YAML mapping, or exceeds a limit.
    """
    try:
        return deepcopy(_parsed(PARAMS.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise SettingsError(f"{PARAMS} is missing; run from the repository's root") from None
    except (OSError, YAMLError, ValueError, RecursionError) as error:  # a ValueError: not UTF-8, or a 13th month
        raise SettingsError(f"{PARAMS} is not valid YAML: {' '.join(str(error).split())}") from None


@lru_cache(maxsize=1)  # a stage reads the same text several times
def _parsed(text: str) -> dict[str, Any]:
    _require_modest(text)
    found = YAML(typ="safe").load(text)
    if not isinstance(found, dict):
        raise SettingsError(f"{PARAMS}: expected a mapping of sections")
    _require_modest_numbers(found, "")
    return found


def _require_modest(text: str) -> None:
    """Raise SettingsError if YAML is too large, nested too deeply, or uses an alias; its values are not read yet."""
    if len(text) > LARGEST_FILE:
        raise SettingsError(f"{PARAMS} has {len(text):,} characters, more than {LARGEST_FILE:,}")
    depth = 0
    for event in YAML(typ="safe").parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        line = f"{PARAMS}: line {event.start_mark.line + 1}"
        if depth > DEEPEST:
            raise SettingsError(f"{line}: nested more than {DEEPEST} levels deep")
        if isinstance(event, AliasEvent):
            # `dvc exp run -S` would change the section that it names, and its copies not (treeverse/dvc issue 10984).
            raise SettingsError(f"{line}: an alias (*{event.anchor}); write the settings out")
        if isinstance(event, ScalarEvent) and len(event.value) > LONGEST_VALUE:
            raise SettingsError(f"{line}: a value of {len(event.value):,} characters, more than {LONGEST_VALUE:,}")


def _require_modest_numbers(tree: Any, path: str) -> None:
    """Raise SettingsError if a whole number in the content of a file is too large to compute with."""
    if isinstance(tree, Mapping | list):
        for key, value in tree.items() if isinstance(tree, Mapping) else enumerate(tree):
            _require_modest_numbers(value, f"{path}.{key}" if path else str(key))
    elif isinstance(tree, int) and abs(tree) > LARGEST_NUMBER:
        raise SettingsError(f"{PARAMS}: {path}: a number of {len(str(abs(tree)))} digits; at most 2^53 is allowed")


def read(schema: type[Group]) -> Group:
    """The checked parts of params.yaml that `schema` names; other parts of the file are not looked at.

    Raises:
        SettingsError: a part is missing, or a key in it is unknown, mistyped or out of range.
    """
    found = content()
    return check("", {name: found[name] for name in _named(schema) if name in found}, schema)
