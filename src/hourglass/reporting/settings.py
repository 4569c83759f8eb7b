"""The `report` section of params.yaml; needs no catalogue."""

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator

from hourglass.core.params import Settings, suggestion

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


def _known(code: object) -> object:
    if code not in LANGUAGES:
        raise ValueError(f"no such language{suggestion(str(code), LANGUAGES)}")
    return code


class ReportSettings(Settings):
    """language: of the report's texts and numbers."""

    language: Annotated[Language, BeforeValidator(_known)]
