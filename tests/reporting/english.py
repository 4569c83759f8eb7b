"""English texts in what should be Spanish."""

from functools import cache
from string import Formatter

from hourglass.reporting import catalogue

# Shorter parts of a text are found inside of others.
LONG_ENOUGH = 14


def english_in(text: str) -> list[str]:
    """Parts of English messages in a text."""
    return sorted(part for part in _english() if part in text)


@cache
def _english() -> frozenset[str]:
    """Parts of the messages, between their fields, that their translations do not have."""
    parts = set()
    for name in ("report", "claims", "ideas"):
        for message in catalogue.read("es", name):
            written, said = (
                " ".join([one] if isinstance(one, str) else one or ()) for one in (message.id, message.string)
            )
            # Braces of ideas are no fields.
            pieces = [piece for piece, *_ in Formatter().parse(written)] if name == "report" else [written]
            parts |= {piece.strip() for piece in pieces if piece not in said}
    return frozenset(part for part in parts if len(part) >= LONG_ENOUGH)
