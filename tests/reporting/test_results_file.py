from hourglass.core import layout
from hourglass.reporting.documents import between
from hourglass.reporting.results_file import text
from hourglass.reporting.summary import ROWS
from tests.reporting.reports import VARIANTS, context

# Each variant is the first of its module.
SETTINGS = {variant.name: {"module": variant.name} for variant in VARIANTS}


def test_readme_table_is_small() -> None:
    content = text(VARIANTS, context(), SETTINGS)
    lines = between(layout.RESULTS_TABLE, content, "summary").splitlines()
    assert lines[0] == "| variant | latent dims | MSE | kNN | Fréchet | ROC-AUC |"
    assert lines[-1] == "| mean image; raw pixels for kNN |  | 0.1000 | 0.750 |  | 0.800 |"
    assert len(lines) - 2 == len(VARIANTS) + 1 <= ROWS
    assert lines[2] == "| plain | 3 | **0.0100** | **0.800** |  | **0.900** [0.890, 0.910] |"


def test_spanish_readme_table_is_spanish() -> None:
    lines = between(layout.RESULTS_TABLE, text(VARIANTS, context(), SETTINGS), "summary_es").splitlines()
    assert lines[0] == "| variante | dims. latentes | MSE | kNN | Fréchet | ROC-AUC |"
    assert lines[2] == "| plain | 3 | **0,0100** | **0,800** |  | **0,900** [0,890; 0,910] |"


def test_results_tables_have_every_variant_and_the_controls() -> None:
    content = text(VARIANTS, context(), SETTINGS)
    for mark, controls in (("results", ["mean image", "raw pixels"]), ("detectors", ["mean image"])):
        lines = between(layout.RESULTS_TABLE, content, mark).splitlines()[2:]
        assert [line.split(" | ")[0] for line in lines] == [f"| {name}" for name in [*SETTINGS, *controls]]
