import numpy as np

from hourglass.reporting.plots.codebook import codebook
from tests.reporting.plots.variants import variant, y_of


def test_every_codebook_entry_has_a_bar() -> None:
    usage = np.array([0.5, 0.3, 0.2, 0.0])
    (axis,) = codebook(variant(examples={"codebook_usage": usage})).axes
    assert [bar.get_height() for bar in axis.patches] == usage.tolist()  # type: ignore[attr-defined]
    np.testing.assert_allclose(y_of(axis.lines[0]), 0.25)
