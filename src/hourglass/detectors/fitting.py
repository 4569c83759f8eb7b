"""From trained networks and normal images to a detector; no anomaly is needed."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from hourglass.core.errors import HourglassError
from hourglass.core.images import Images, evenly
from hourglass.detectors import registry
from hourglass.detectors.detector import Detector, Member, batches, raw_terms
from hourglass.detectors.maps import deviation, expected
from hourglass.detectors.sight import Sight
from hourglass.evaluation.threshold import threshold_of
from hourglass.models.autoencoder import Autoencoder

# Scorers keep codes of this many normal images at most, evenly spread, so that memory does not grow with the data.
KNOWN = 10_000
# A term whose values differ by less than this share of their size differs by rounding only.
SAME = 1e-6


def fit(
    networks: Sequence[tuple[Autoencoder, Mapping[str, Any]]],
    scorers: Sequence[str],
    known: Images,
    held_out: Images,
    normal: int,
    false_alarm_rate: float,
) -> Detector:
    """Fit a detector around trained networks, which stay as they are.

    Args:
        networks: each with the settings that built it.
        scorers: names of files in scorers/; each is applied to every network.
        known: normal images that the networks were trained on; scorers learn from them.
        held_out: normal images that they were not trained on; they scale the scorers and set the threshold.
        normal: number of their class, which conditional networks take every image for.
        false_alarm_rate: share of normal images that may score above the threshold, in (0, 1).

    Raises:
        SettingsError: a scorer does not exist, or needs what a network does not offer.
        HourglassError: fewer than two images of a kind, or a score is not a number.
    """
    if min(len(known), len(held_out)) < 2:
        counts = f"{len(known)} to learn from and {len(held_out)} held out"
        raise HourglassError(f"a detector needs at least two normal images of each kind; there are {counts}")
    members = [_member(model, settings, scorers, known, normal) for model, settings in networks]
    terms = raw_terms(members, normal, held_out)
    centre, spread = terms.mean(0), terms.std(0)
    # A term that is the same for every image says nothing: leave its scale as it is rather than divide by zero.
    spread[spread <= SAME * terms.abs().amax(0)] = 1
    scores = ((terms - centre) / spread).numpy().mean(1)
    return Detector(members, normal, centre, spread, false_alarm_rate, threshold_of(scores, false_alarm_rate))


@torch.inference_mode()
def _member(
    model: Autoencoder, settings: Mapping[str, Any], names: Sequence[str], known: Images, normal: int
) -> Member:
    kept = evenly(known, KNOWN)
    parts, total = [], torch.zeros(kept.shape[2:])
    for batch in batches(kept):
        sight = Sight(model.eval(), batch, normal)
        parts.append(sight.codes)
        total += deviation(sight.residuals).sum(0)
    codes = torch.cat(parts)
    scorers = {}
    for name in names:
        scorers[name] = registry.find(name, type(model))()
        scorers[name].fit(codes)
    return Member(model, settings, scorers, expected(total / len(kept)))
