"""Data: what was found in the user's folder, before any network is judged by it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from hourglass.core import layout
from hourglass.core.metrics import Metrics
from hourglass.reporting import captions, columns, tables
from hourglass.reporting.columns import Column
from hourglass.reporting.found import say_found
from hourglass.reporting.language import say
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


def data(account: Account) -> Section:
    """Over the user's own images: how they were read and split, counts, skipped files and duplicates."""
    content = account.content
    channels, height, width = content["image_shape"]
    intro = say(
        captions.DATA_INTRO,
        layout=say_found(content["layout"]),
        width=width,
        height=height,
        channels=say(captions.CHANNELS[channels]),
        split=say_found(content["split"]),
    )
    rows = [(name, images) for name, images in account.samples.items()]
    return Section(
        "data",
        say(captions.DATA),
        intro,
        [Picture("data", captions.DATA_SAMPLES.said(), partial(image_grid, rows))],
        _verdicts(content),
        _counts(content["counts"]),
        breakdown=_skipped(content["skipped"]),
    )


def _counts(counts: Mapping[str, Mapping[str, int]]) -> Table:
    """A row per class, a column per split."""
    shown = [
        Column(captions.COLUMN_SPLIT.format(split=say(captions.SPLITS[split])), split, columns.WHOLE)
        for split in counts
    ]
    classes = next(iter(counts.values()))
    rows = {name: Metrics({split: of[name] for split, of in counts.items()}) for name in classes}
    return tables.build(say(captions.CLASS), rows, {}, shown)


def _verdicts(content: Mapping[str, Any]) -> list[Verdict]:
    sizes, duplicates, leaks = content["file_sizes"], content["duplicates"], content["leaks"]
    form = captions.SEVERAL_SIZES if sizes["different"] > 1 else captions.ONE_SIZE
    ends = {end: _pixels(sizes[end]) for end in ("smallest", "largest")}
    size = say(form, different=sizes["different"], **ends)
    summary = say(
        captions.DATA_SUMMARY,
        images=sum(sum(of.values()) for of in content["counts"].values()),
        name=content["name"],
        classes=len(content["classes"]),
        skipped=len(content["skipped"]),
    )
    found = [Verdict(summary), Verdict(say(captions.FILE_SIZES, sizes=size, fit=say(captions.FITS[content["fit"]])))]
    if duplicates["groups"]:
        found.append(
            Verdict(
                say(captions.DUPLICATES, images=duplicates["images"], count=duplicates["groups"]),
                _named(duplicates["first"]),
            )
        )
    else:
        found.append(Verdict(say(captions.NO_DUPLICATES)))
    if leaks["groups"]:
        found.append(Verdict(say(captions.LEAKS, groups=leaks["groups"]), _named(leaks["first"])))
    found += (Verdict(say_found(warning)) for warning in content["warnings"])
    if content["masks"]:
        found.append(Verdict(say(captions.MASKS, count=content["masks"])))
    return found


def _skipped(files: Sequence[Mapping[str, str]]) -> Breakdown | None:
    """A row per file, with the reason, up to a number of them."""
    if not files:
        return None
    rows = {file["file"]: Metrics({"reason": say_found(file["reason"])}) for file in files[:ROWS]}
    more = say(captions.SKIPPED_MORE, rows=ROWS, file=layout.DATA) if len(files) > ROWS else ""
    table = tables.build(say(captions.FILE), rows, {}, [Column(captions.COLUMN_REASON, "reason", str)])
    return Breakdown(say(captions.SKIPPED, count=len(files)), say(captions.SKIPPED_INTRO) + more, table)


def _named(groups: Sequence[Sequence[str]]) -> list[str]:
    return [" = ".join(group[:NAMED_FILES]) for group in groups[:NAMED_GROUPS]]


def _pixels(size: Sequence[int]) -> str:
    return " x ".join(map(str, size))
