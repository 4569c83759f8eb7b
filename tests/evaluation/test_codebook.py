import math

import numpy as np
import pytest

from hourglass.evaluation.codebook import measure


def test_equals_the_hand_computation() -> None:
    """Shares 1/2, 1/4, 1/4: the entropy is 1.5 bits, the perplexity 2^1.5; entries 1 and 4 never occur."""
    assert measure(np.array([[0, 2], [0, 3]]), codes=5) == {"perplexity": pytest.approx(2**1.5), "dead_codes": 2}


def test_it_lies_between_one_and_the_number_of_codes() -> None:
    assert measure(np.full((3, 4), 6), codes=8) == {"perplexity": pytest.approx(1), "dead_codes": 7}
    assert measure(np.arange(8).reshape(2, 4), codes=8) == {"perplexity": pytest.approx(8), "dead_codes": 0}
    assert math.isfinite(measure(np.zeros((1, 1), np.int64), codes=1000)["perplexity"])
