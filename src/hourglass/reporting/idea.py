"""The docstring of a variant's file, its lecture page, as blocks of the report."""

import ast
from dataclasses import dataclass
from textwrap import dedent

from hourglass.core import registry
from hourglass.core.files import read_bytes
from hourglass.reporting.language import say

VARIANTS = "variants"
BULLET = "- "


@dataclass(frozen=True)
class Block:
    """A paragraph, a formula or a list.

    kind: `text`, `formula`, whose lines stay as they are, or `list`. lines: of the formula, items of the list, or the
    one paragraph.
    """

    kind: str
    lines: tuple[str, ...]


def idea(module: str) -> list[Block]:
    """The lecture page of a module, a file in variants/, block by block, in the language of the report.

    Raises:
        HourglassError: there is no such file.
    """
    return [_said(block) for block in written(module)]


def written(module: str) -> list[Block]:
    """The same as it is written, in English."""
    source = read_bytes(registry.PACKAGE / VARIANTS / f"{module}.py")
    return blocks(ast.get_docstring(ast.parse(source)) or "")


def messages(block: Block) -> tuple[str, ...]:
    """The parts of a block that are translated: its lines, or a formula as a whole."""
    return ("\n".join(block.lines),) if block.kind == "formula" else block.lines


def _said(block: Block) -> Block:
    said = [say(message) for message in messages(block)]
    return Block(block.kind, tuple(said[0].split("\n") if block.kind == "formula" else said))


def blocks(text: str) -> list[Block]:
    """Blocks of a docstring: blank lines part them, indented ones are formulas."""
    return [_block(part) for part in text.split("\n\n") if part.strip()]


def _block(part: str) -> Block:
    lines = part.strip("\n").split("\n")
    if all(line.startswith("    ") for line in lines):
        return Block("formula", tuple(dedent("\n".join(lines)).split("\n")))
    before, *items = "\n".join(lines).split(f"\n{BULLET}")
    if items and not before.startswith(BULLET):
        return Block("list", (_joined(before), *map(_joined, items)))
    if before.startswith(BULLET):
        return Block("list", ("", *map(_joined, [before.removeprefix(BULLET), *items])))
    return Block("text", (_joined(before),))


def _joined(text: str) -> str:
    """Lines as one, without the indentation of those that continue."""
    return " ".join(line.strip() for line in text.split("\n"))
