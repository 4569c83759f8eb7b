"""Data: what was found in the user's folder, before any network is judged by it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from hourglass.core import layout
from hourglass.core.metrics import Metrics
from hourglass.reporting import captions, columns, tables
from hourglass.reporting.columns import Column
from hourglass.reporting.pictures import Picture
from hourglass.reporting.plots.image_grid import image_grid
from hourglass.reporting.results import Account
from hourglass.reporting.section import Breakdown, Section
from hourglass.reporting.tables import Table
from hourglass.reporting.verdicts import Verdict

# Files of a group of equal images, and groups, that are named.
NAMED_FILES, NAMED_GROUPS = 3, 5
# Skipped files that have a row; the page has to open.
ROWS = 200
MORE = " The first {rows} stand here; {file} has all."


def data(account: Account) -> Section:
    """Over the user's own images: how they were read and split, counts, skipped files and duplicates."""
    content = account.content
    channels, height, width = content["image_shape"]
    intro = captions.DATA_INTRO.format(
        layout=content["layout"],
        width=width,
        height=height,
        channels=captions.CHANNELS[channels],
        split=content["split"],
    )
    rows = [(name, images) for name, images in account.samples.items()]
    return Section(
        "data",
        captions.DATA,
        intro,
        [Picture("data", captions.DATA_SAMPLES, partial(image_grid, rows))],
        _verdicts(content),
        _counts(content["counts"]),
        breakdown=_skipped(content["skipped"]),
    )


def _counts(counts: Mapping[str, Mapping[str, int]]) -> Table:
    """A row per class, a column per split."""
    title, hint = captions.COLUMN_SPLIT
    shown = [Column(title.format(split=split), hint, split, columns.WHOLE) for split in counts]
    classes = next(iter(counts.values()))
    rows = {name: Metrics({split: of[name] for split, of in counts.items()}) for name in classes}
    return tables.build(captions.CLASS, rows, {}, shown)


def _verdicts(content: Mapping[str, Any]) -> list[Verdict]:
    sizes, duplicates, leaks = content["file_sizes"], content["duplicates"], content["leaks"]
    form = captions.SEVERAL_SIZES if sizes["different"] > 1 else captions.ONE_SIZE
    ends = {end: _pixels(sizes[end]) for end in ("smallest", "largest")}
    size = form.format(different=sizes["different"], **ends)
    summary = captions.DATA_SUMMARY.format(
        images=sum(sum(of.values()) for of in content["counts"].values()),
        name=content["name"],
        classes=len(content["classes"]),
        skipped=len(content["skipped"]),
    )
    found = [Verdict(summary), Verdict(captions.FILE_SIZES.format(sizes=size, fit=captions.FITS[content["fit"]]))]
    if duplicates["groups"]:
        found.append(Verdict(captions.DUPLICATES.format(**duplicates), _named(duplicates["first"])))
    else:
        found.append(Verdict(captions.NO_DUPLICATES))
    if leaks["groups"]:
        found.append(Verdict(captions.LEAKS.format(**leaks), _named(leaks["first"])))
    found += map(Verdict, content["warnings"])
    if content["masks"]:
        found.append(Verdict(captions.MASKS.format(count=content["masks"])))
    return found


def _skipped(files: Sequence[Mapping[str, str]]) -> Breakdown | None:
    """A row per file, with the reason, up to a number of them."""
    if not files:
        return None
    rows = {file["file"]: Metrics({"reason": file["reason"]}) for file in files[:ROWS]}
    more = MORE.format(rows=ROWS, file=layout.DATA) if len(files) > ROWS else ""
    table = tables.build(captions.FILE, rows, {}, [Column(*captions.COLUMN_REASON, "reason", str)])
    return Breakdown(captions.SKIPPED.format(count=len(files)), captions.SKIPPED_INTRO + more, table)


def _named(groups: Sequence[Sequence[str]]) -> list[str]:
    return [" = ".join(group[:NAMED_FILES]) for group in groups[:NAMED_GROUPS]]


def _pixels(size: Sequence[int]) -> str:
    return " x ".join(map(str, size))
