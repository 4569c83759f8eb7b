"""Notice that the user's folder of images changed, and bring `data.images.digest` in params.yaml up to date."""

import re
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from hourglass.core import layout, params
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import write_text
from hourglass.core.params import PARAMS, Settings
from hourglass.data.fingerprint import fingerprint
from hourglass.data.folder import look
from hourglass.data.settings import DataSettings

# The setting in the text of params.yaml.
DIGEST = re.compile(r"""(\bdigest["']?\s*:\s*)(''|""|[^\s,}]+)""")


class _Data(Settings):
    data: DataSettings


def refresh() -> None:
    """Bring `data.images.digest` in params.yaml up to date if the folder is here.

    Raises:
        SettingsError: the setting stands in a form that cannot be replaced. Others as of `changed`.
    """
    if digest := changed():
        text = re.sub(DIGEST, rf"\g<1>'{digest}'", PARAMS.read_text(encoding="utf-8"), count=1)
        if _digest_in(text) != digest:
            raise SettingsError(f"{PARAMS}: data.images.digest: the folder has changed; write digest: '{digest}'")
        write_text(PARAMS, text)
        print("the folder of images has changed: it is read again")


def require_current() -> None:
    """Return if the user's images are those that params.yaml was last brought up to date with.

    Raises:
        HourglassError: they are not; or as of `changed`.
    """
    if changed():
        raise HourglassError("the folder of images has changed; run `hourglass repro`, which reads it again")


def changed() -> str | None:
    """The digest of the user's images if it differs from that in params.yaml; None too if they are not here.

    Raises:
        SettingsError: the section `data` is wrong.
        HourglassError: the folder's layout is none of those known.
    """
    data = params.read(_Data).data
    if data.images is None or data.folder is None or not Path(data.folder).expanduser().exists():
        return None
    digest = fingerprint(look(Path(data.folder)), layout.DIGESTS)
    return None if digest == data.images.digest else digest


def _digest_in(text: str) -> object:
    try:
        return YAML(typ="safe").load(text)["data"]["images"]["digest"]
    except (YAMLError, KeyError, TypeError):
        return None
