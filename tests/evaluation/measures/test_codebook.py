import math

import numpy as np
import pytest

from hourglass.evaluation.measures.codebook import count_entries


def test_perplexity_and_dead_codes_by_hand() -> None:
    """Shares 1/2, 1/4, 1/4: the entropy is 1.5 bits, the perplexity 2^1.5; entries 1 and 4 never occur."""
    assert vars(count_entries(np.array([[0, 2], [0, 3]]), codes=5)) == pytest.approx(
        {"perplexity": 2**1.5, "dead_codes": 2}
    )


def test_perplexity_lies_between_one_and_the_number_of_codes() -> None:
    same, each = count_entries(np.full((3, 4), 6), codes=8), count_entries(np.arange(8).reshape(2, 4), codes=8)
    assert vars(same) == pytest.approx({"perplexity": 1, "dead_codes": 7})
    assert vars(each) == pytest.approx({"perplexity": 8, "dead_codes": 0})
    assert math.isfinite(count_entries(np.zeros((1, 1), np.int64), codes=1000).perplexity)
