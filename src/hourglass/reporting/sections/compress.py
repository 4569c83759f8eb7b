"""Compress: a few numbers instead of an image."""

from collections.abc import Sequence
from functools import partial

from hourglass.reporting import columns, dots, grids, table
from hourglass.reporting.pictures import Picture
from hourglass.reporting.results import Common, Result
from hourglass.reporting.sections.section import Section
from hourglass.reporting.verdicts import against, words


def compress(results: Sequence[Result], common: Common) -> Section:
    """Over what was trained to give back the image it sees."""
    drawn = [
        Picture(
            "reconstructions",
            "Originals and reconstructions",
            "The first test image of each class, and what each variant rebuilds: look at prints, straps and laces, "
            "which go first when a code is too small.",
            partial(grids.reconstructions, results, common.classes),
        )
    ]
    packed = [result for result in results if "compression" in result.evaluate]
    if packed:
        drawn.append(
            Picture(
                "compression",
                "Bytes an image against PSNR, beside WebP and PNG",
                "Every code rounded and packed into bytes, the decoder not counted; the ring at the other end of its "
                "line is the smallest WebP file of at least this PSNR, of the image as it is or shrunk. A dot left of "
                "its ring is smaller, but only left of the solid line does it owe that to more than WebP’s header.",
                partial(dots.compression, packed),
            )
        )
    key, mean = "evaluate.reconstruction.psnr", common.controls["mean_image"]["reconstruction"]["psnr"]
    return Section(
        "compress",
        "Compress",
        "A few numbers instead of an image: the smaller the error at the same code, the better.",
        drawn,
        table.build(results, {"mean image": {"evaluate": common.controls["mean_image"]}}, columns.COMPRESS),
        [
            *words(against(results, key, mean), f"the mean image (PSNR {mean:.1f})", columns.ONE),
            *(_codebook(result) for result in results if "codebook" in result.evaluate),
        ],
    )


def _codebook(result: Result) -> str:
    found = result.evaluate["codebook"]
    return (
        f"Codes of {result.name} are as varied as if {found['perplexity']:.0f} codebook entries were equally frequent "
        f"(perplexity); entries that no test image uses: {found['dead_codes']}."
    )
