"""params.yaml -> checked settings. An unknown key is an error, never a silent default."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hourglass.core.errors import SettingsError

PARAMS = Path("params.yaml")


class Settings(BaseModel):
    """Base of every group of settings: no unknown keys, no silent conversions, read-only."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Common(Settings):
    """The settings that stand at the top of params.yaml.

    seed: every random number of every stage follows from it.
    threads: CPU threads of each stage. Part of the parameters because sums in another order differ
        in the last bits: with it fixed, results do not depend on the machine's core count.
    """

    seed: Annotated[int, Field(ge=0, lt=2**32)]
    threads: PositiveInt


Group = TypeVar("Group", bound=BaseModel)


def suggestion(name: str, known: Iterable[str]) -> str:
    """`; did you mean X?` where a known name is near, else the list of known names."""
    known = sorted(map(str, known))
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; allowed: {', '.join(known)}"


def check(where: str, values: Mapping[str, Any], schema: type[Group]) -> Group:
    """Validate `values` against `schema`.

    Args:
        where: the key path in params.yaml, for the message ("train", "variants.vae").

    Raises:
        SettingsError: names the file, the key path, what is allowed and the nearest known name.
    """
    if not isinstance(values, Mapping):
        raise SettingsError(f"{PARAMS}: {where}: expected a mapping of settings, got {values!r}")
    try:
        return schema.model_validate(dict(values))
    except ValidationError as error:
        # A misspelt key is also a missing one; the misspelling is what the user can see.
        first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
        path = ".".join(str(part) for part in (where, *first["loc"]) if part != "")
        if first["type"] == "extra_forbidden":
            what = "unknown setting" + suggestion(str(first["loc"][-1]), schema.model_fields)
        elif first["type"] == "missing":
            what = "missing; it has no default"
        else:
            message = first["msg"]
            what = f"{message[:1].lower()}{message[1:]}, got {first['input']!r}"
        raise SettingsError(f"{PARAMS}: {path}: {what}") from None


def read() -> dict[str, Any]:
    """The whole of params.yaml, read by the YAML 1.2 rules that DVC also reads it by (so 1e-3 is a number).

    Raises:
        SettingsError: the file is missing or is not a YAML mapping.
    """
    try:
        content = _parse(PARAMS.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{PARAMS} is missing; run from the repository's root") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{PARAMS} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise SettingsError(f"{PARAMS}: expected a mapping of sections")
    return deepcopy(content)  # the next one to ask gets what the file says, whatever this one does to it


@lru_cache(maxsize=1)
def _parse(text: str) -> Any:
    """Parsing is slow, and a process asks for several sections, one after another."""
    return YAML(typ="safe").load(text)


def section(name: str, schema: type[Group]) -> Group:
    """The checked settings of one section of params.yaml.

    Raises:
        SettingsError: the section is missing, or a key in it is unknown, mistyped or out of range.
    """
    values = read().get(name)
    if not isinstance(values, dict):
        raise SettingsError(f"{PARAMS}: {name}: expected a mapping of settings, got {values!r}")
    return check(name, values, schema)


def common() -> Common:
    """The checked top-level settings."""
    content = read()
    return check("", {key: content[key] for key in Common.model_fields if key in content}, Common)


def variant(name: str) -> dict[str, Any]:
    """One entry of `variants`, its keys not yet checked: the variant's own module knows them.

    Raises:
        SettingsError: there is no such variant, or it is not a mapping.
    """
    variants = read().get("variants")
    if not isinstance(variants, dict) or not variants:
        raise SettingsError(f"{PARAMS}: variants: expected a mapping of names to settings, got {variants!r}")
    if name not in variants:
        raise SettingsError(f"{PARAMS}: variants.{name}: unknown variant{suggestion(name, variants)}")
    if not isinstance(variants[name], dict):
        raise SettingsError(f"{PARAMS}: variants.{name}: expected a mapping with `module`, got {variants[name]!r}")
    return dict(variants[name])
