"""The ledger in the page: a plain table, which a script can filter."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hourglass.core.metrics import Metrics
from hourglass.reporting.page import write
from hourglass.reporting.results import Experiment
from hourglass.reporting.sections.experiments import PICTURES, experiments
from hourglass.reporting.sections.ledger import ledger
from tests.reporting.ledger import CLAIMS
from tests.reporting.reports import LIVE, VARIANTS, context

IMAGES = np.full((2, 1, 8, 8), 0.5, np.float32)
STEPS = {"steps": np.arange(3), **{name: np.array([0.3, 0.2, 0.1]) for name in ("bce", "mse_sigmoid", "mse")}}
EXAMPLES = {
    "loss_speed": STEPS,
    "sharpness": dict.fromkeys(("originals", "mse", "bce", "gradient"), IMAGES),
    "data_specific": dict.fromkeys(("originals_own", "own_own", "digits_own"), IMAGES),
    "posterior_collapse": {"kl_0_1": np.array([3.0, 0.0]), "kl_8": np.zeros(2)},
}


def test_row_links_to_what_is_there() -> None:
    found = ledger(CLAIMS, [], VARIANTS)
    assert [(row.id, row.mark, row.see) for row in found.rows] == [
        ("deep", "holds-in-part", ("plain", "plain")),
        ("deeper", "holds-in-part", ("plain", "plain")),
        ("wide", "not-measured", None),
    ]
    assert found.rows[0].rules == ["deep > 0.8: shown", "size < 9: not beyond the intervals (no interval: size)"]
    assert found.rows[0].figures[0].hint == "plain: detect.roc_auc"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("page")
    found = {name: Experiment(Metrics({}), examples) for name, examples in EXAMPLES.items()}
    found["overcomplete"] = Experiment(Metrics({"not_measured": "images are too large"}), {})
    full = replace(context(), claims=CLAIMS, experiments=found)
    settings = {variant.name: {"module": "pca"} for variant in VARIANTS}
    write(VARIANTS, full, settings, LIVE, folder / "figures", folder / "index.html")
    return (folder / "index.html").read_text()


def test_every_claim_is_a_row_without_a_script(page: str) -> None:
    assert re.findall(r'<tr id="claim-(\w+)" data-lecture="(\w+)" data-verdict="([\w ]+)">', page) == [
        ("deep", "one", "holds in part"),
        ("deeper", "one", "holds in part"),
        ("wide", "two", "not measured"),
    ]
    assert '<p class="filters" hidden>' in page, "what needs a script is shown by it"


def test_filters_have_every_lecture_and_verdict(page: str) -> None:
    options = re.findall(r"<option(?: value=\"(\w*)\")?>([^<]+)", page[page.index('id="ledger"') :])
    assert options == [
        *(("", "all lectures"), ("one", "Lecture one"), ("two", "Lecture two"), ("", "all verdicts")),
        *(("", verdict) for verdict in CLAIMS["verdicts"]),
    ]


def test_experiments_have_pictures_or_a_reason(page: str) -> None:
    assert EXAMPLES.keys() == PICTURES.keys()
    section = page[page.index('<section id="experiments">') : page.index('<section id="ledger">')]
    assert section.count("<img") == len(PICTURES)
    assert "overcomplete was not run: images are too large." in section


def test_metrics_of_experiments_are_a_table() -> None:
    metrics = {"bce": {"mse": 0.0123456, "mse_ci": [0.01, 0.02]}, "parameters": 13824}
    section = experiments({"sharpness": Experiment(Metrics(metrics), {})})
    assert section.breakdown is not None
    assert [(row.name, [cell.text for cell in row.cells]) for row in section.breakdown.table.rows] == [
        ("sharpness", ["bce.mse", "0.01235", "0.01", "0.02"]),
        ("sharpness", ["parameters", "13,824", "", ""]),
    ]


def test_without_examples_there_is_no_picture() -> None:
    assert experiments({"sharpness": Experiment(Metrics({"not_measured": "why"}), {})}).pictures == []
