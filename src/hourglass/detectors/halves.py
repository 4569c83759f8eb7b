"""A threshold from all normal images, and not from the few that were held out.

A few hundred held-out images place a threshold only to within a point or two of the intended false-alarm rate. So the
networks are trained once more on either half of the normal images, and score the half that they have not seen: every
image is scored by a detector that does not know it. Scores of different networks compare because each detector's are in
standard deviations of the same held-out images; that networks trained on half of the images score alike is assumed, and
checked by the false-alarm rates on test images. The price is another training of the same length.

Source: Vovk (2015), "Cross-conformal predictors", with two folds.
"""

from collections.abc import Callable

import numpy as np

from hourglass.core.errors import HourglassError
from hourglass.core.images import Images
from hourglass.core.stored import Chosen
from hourglass.detectors.detector import Detector
from hourglass.evaluation.threshold import threshold_of


def threshold(fitted: Callable[[Images], Detector], known: Images, false_alarm_rate: float) -> float:
    """The score that about `false_alarm_rate` of new normal images exceed.

    Args:
        fitted: normal images -> a detector whose networks were trained on them.
        known: all normal images for training, uint8 (N, C, H, W).

    Raises:
        HourglassError: there are fewer than four images.
    """
    if len(known) < 4:
        raise HourglassError(f"a threshold from halves needs at least four normal images to train on, not {len(known)}")
    even, odd = (Chosen(known, np.arange(first, len(known), 2)) for first in (0, 1))
    scores = [fitted(seen).score(unseen) for seen, unseen in ((even, odd), (odd, even))]
    return threshold_of(np.concatenate(scores), false_alarm_rate)
