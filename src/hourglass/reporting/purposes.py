"""What autoencoders are for: a section of the report each, over the variants that have something to say about it."""

from collections.abc import Sequence

from hourglass.reporting.results import Common, Result
from hourglass.reporting.sections.benchmark import benchmark
from hourglass.reporting.sections.bottleneck import bottleneck
from hourglass.reporting.sections.compress import compress
from hourglass.reporting.sections.detect import detect
from hourglass.reporting.sections.generate import generate
from hourglass.reporting.sections.organise import organise
from hourglass.reporting.sections.restore import restore
from hourglass.reporting.sections.section import Section


def purposes(results: Sequence[Result], common: Common) -> list[Section]:
    """The sections, in the report's order, without those that no variant serves.

    A variant's metrics say what it is for, never its name: what restores was not trained to keep the image it is
    given, so it is judged by its restorations and not by its reconstructions. Every variant has a code and detects.
    """
    sections = (
        (compress, [result for result in results if "restoration" not in result.evaluate]),
        (restore, [result for result in results if "restoration" in result.evaluate]),
        (organise, results),
        (generate, [result for result in results if "generation" in result.evaluate]),
        (detect, results),
        (benchmark, results if common.benchmark else []),
        (bottleneck, results),
    )
    return [section(group, common) for section, group in sections if group]
