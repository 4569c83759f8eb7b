from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hourglass.core.images import Images
from hourglass.detectors import halves
from hourglass.detectors.detector import Detector
from hourglass.detectors.fitting import fit
from hourglass.models.autoencoder import Autoencoder

Pixels = NDArray[np.uint8]
Networks = dict[str, tuple[Autoencoder, dict[str, Any]]]


def test_every_image_is_scored_once_by_a_detector_that_was_fitted_on_the_other_half(
    networks: Networks, digits: dict[str, Pixels]
) -> None:
    known, seen = digits["known"], list[Pixels]()

    def fitted(chosen: Images) -> Detector:
        images = chosen[:]
        seen.append(images)
        return fit([networks["undercomplete"]], ["window", "neighbours"], images, digits["held_out"], 0, 0.1)

    found = halves.threshold(fitted, known, 0.1)
    assert {len(part) for part in seen} == {len(known) // 2}
    assert {image.tobytes() for part in seen for image in part} == {image.tobytes() for image in known}
    scores = np.concatenate([fitted(known[0::2]).score(known[1::2]), fitted(known[1::2]).score(known[0::2])])
    assert np.count_nonzero(scores > found) == int((len(known) + 1) * 0.1) - 1


def test_it_is_nearer_to_the_true_threshold_than_that_of_few_held_out_images(
    networks: Networks, digits: dict[str, Pixels]
) -> None:
    """Noise is normal here, of which there is as much as one likes: 10 held-out images against 400 to train on."""
    random = np.random.default_rng(0)

    def noise(count: int) -> Pixels:
        return random.integers(0, 256, (count, 1, 8, 8), dtype=np.uint8)

    rates: dict[str, list[float]] = {"held out": [], "halves": []}
    for _ in range(10):
        known, held_out, new = noise(400), noise(10), noise(2000)

        def fitted(images: Images, held_out: Pixels = held_out) -> Detector:
            return fit([networks["undercomplete"]], ["window"], images, held_out, 0, 0.2)

        plain = fitted(known)
        sharp = replace(plain, threshold=halves.threshold(fitted, known, 0.2))
        for name, detector in (("held out", plain), ("halves", sharp)):
            rates[name].append(float((detector.score(new) > detector.threshold).mean()))
    misses = {name: np.abs(np.array(values) - 0.2).mean() for name, values in rates.items()}
    assert misses["halves"] < 0.03 < misses["held out"]
