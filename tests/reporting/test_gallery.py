"""The pictures of one variant: which there are, by what was measured."""

from dataclasses import replace

import numpy as np
import pandas as pd

from hourglass.core.metrics import Metrics
from hourglass.reporting.columns import DETECT
from hourglass.reporting.gallery import gallery
from hourglass.reporting.pictures import Picture
from hourglass.reporting.results import Result
from hourglass.reporting.tables import of_variants
from tests.reporting.reports import DEFECT, context, detection, result


def pictures(of: Result) -> dict[str, Picture]:
    return {picture.name.partition("/")[2]: picture for picture in gallery(of, context())}


def measured_by_masks(name: str, aupro: float = 0.9384) -> Result:
    """A variant whose test images have masks."""
    drawn = {f"marked_{part}": array for part, array in DEFECT.items()} | {"marked_labels": np.array([1, 1])}
    found, masks = result(name), {"pixel_roc_auc": 0.9716, "aupro": aupro}
    detect = detection(0.9) | {"localisation": {"mean": 0.8, "masks": masks}}
    metrics = Metrics({"evaluate": found.metrics.get("evaluate"), "detect": detect})
    return replace(found, maps={**found.maps, **drawn}, metrics=metrics)


def test_marked_defects_are_drawn_where_there_are_masks() -> None:
    assert "marked" not in pictures(result("plain"))
    marked = pictures(measured_by_masks("plain"))["marked"]
    assert "a ROC-AUC of 0.972; AUPRO 0.938." in marked.caption.text
    (axis,) = marked.draw().axes
    assert [text.get_text() for text in axis.texts][2:] == ["bag", "bag"]


def test_metrics_by_masks_have_columns_where_there_are_masks() -> None:
    table = of_variants([measured_by_masks("one"), measured_by_masks("two", 0.5), result("without")], {}, DETECT)
    titles = [column.title for column in table.columns]
    pixels, regions = titles.index("pixel ROC-AUC"), titles.index("AUPRO")
    shown = {row.name: [row.cells[pixels].text, row.cells[regions].text] for row in table.rows}
    assert shown == {"one": ["0.972", "0.938"], "two": ["0.972", "0.500"], "without": ["", ""]}
    assert [row.name for row in table.rows if row.cells[regions].first] == ["one"]
    none = of_variants([result("without")], {}, DETECT)
    assert not {"pixel ROC-AUC", "AUPRO"} & {column.title for column in none.columns}


def test_a_network_that_is_computed_in_one_step_has_no_curve() -> None:
    one, two = (pd.DataFrame({"epoch": range(last + 1)}) for last in (1, 2))
    shown = ["training" in pictures(replace(result("plain"), history={"all": epochs})) for epochs in (one, two)]
    assert shown == [False, True]
