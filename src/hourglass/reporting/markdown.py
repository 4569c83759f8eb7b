"""Tables as Markdown."""

from collections.abc import Iterable, Sequence

from hourglass.reporting.tables import Cell, Table

LEFT, RIGHT = "---", "---:"


def write(header: Sequence[str], alignment: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as Markdown.

    Args:
        alignment: LEFT or RIGHT for each column.
    """
    return "".join(f"| {' | '.join(line)} |\n" for line in (header, alignment, *rows))


def of_table(table: Table) -> str:
    """A table of metrics as Markdown, the best metrics in bold."""
    return write(
        [table.head, *(column.title for column in table.columns)],
        [LEFT, *[RIGHT] * len(table.columns)],
        ([row.name, *(cell_text(cell) for cell in row.cells)] for row in table.rows),
    )


def cell_text(cell: Cell) -> str:
    """A metric with its interval or standard deviation, in bold if it is the best."""
    return (f"**{cell.text}**" if cell.best else cell.text) + cell.spread
