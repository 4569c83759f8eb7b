"""Compress: a short latent code instead of an image."""

from collections.abc import Sequence
from functools import partial

from hourglass.reporting import captions, columns, tables
from hourglass.reporting.language import say
from hourglass.reporting.pictures import Picture
from hourglass.reporting.plots.example_images import reconstructions
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.rate_distortion import rate_distortion
from hourglass.reporting.results import ReportContext, Result
from hourglass.reporting.section import Section
from hourglass.reporting.verdicts import Verdict, compare, verdicts

PSNR = "evaluate.reconstruction.psnr"


def compress(results: Sequence[Result], context: ReportContext) -> Section:
    """Over the variants that are trained to reconstruct their input."""
    lost_first = say(captions.wording(context.dataset).lost_first)
    caption = captions.RECONSTRUCTIONS.said(lost_first=lost_first)
    pictures = [Picture("reconstructions", caption, partial(reconstructions, results, context.shown))]
    packed = [result for result in results if "evaluate.compression" in result.metrics]
    if packed:
        pictures.append(Picture("rate_distortion", captions.RATE_DISTORTION.said(), partial(rate_distortion, packed)))
    mean_image = context.controls["mean_image"]
    psnr = mean_image.number(PSNR)
    control = say(captions.MEAN_IMAGE_PSNR, value=psnr)
    return Section(
        "compress",
        say(captions.COMPRESS),
        say(captions.COMPRESS_INTRO),
        pictures,
        [*verdicts(compare(results, PSNR, psnr), control, columns.ONE), *_codebooks(results)],
        tables.of_variants(results, {say(LABELS.mean_image): mean_image}, columns.COMPRESS),
        columns.MSE,
    )


def _codebooks(results: Sequence[Result]) -> list[Verdict]:
    """How much of each codebook is in use."""
    codebooks = [
        (result.name, result.metrics.at("evaluate.codebook"))
        for result in results
        if "evaluate.codebook" in result.metrics
    ]
    return [
        Verdict(
            say(
                captions.CODEBOOK_USE,
                name=name,
                perplexity=codebook.number("perplexity"),
                dead=codebook.number("dead_codes"),
            )
        )
        for name, codebook in codebooks
    ]
