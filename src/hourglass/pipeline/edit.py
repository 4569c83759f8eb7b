"""Change values in params.yaml; comments and everything else stay as they are."""

import io
import sys
from collections.abc import Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter

from hourglass.core.params import PARAMS


class _Representer(RoundTripRepresenter):
    """Writes `null` as `null`; ruamel's own leaves nothing."""


def _null(representer: RoundTripRepresenter, value: None) -> ScalarNode:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


_Representer.add_representer(type(None), _null)


def edited(values: Mapping[str, Any]) -> str:
    """The text of params.yaml with other values at some dotted paths, which are added where they are missing."""
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.width = sys.maxsize
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    content = yaml.load(PARAMS.read_text(encoding="utf-8"))
    for path, value in values.items():
        *sections, name = path.split(".")
        place = content
        for section in sections:
            place = place.setdefault(section, CommentedMap())
        place[name] = _on_one_line(value) if isinstance(value, list) else value
    stream = io.StringIO()
    yaml.dump(content, stream)
    return stream.getvalue()


def _on_one_line(values: list[Any]) -> CommentedSeq:
    """A list as params.yaml writes it: [512, 256]."""
    found = CommentedSeq(values)
    found.fa.set_flow_style()
    return found
