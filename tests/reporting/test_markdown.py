from hourglass.reporting.columns import RESULTS
from hourglass.reporting.markdown import LEFT, RIGHT, of_table, write
from hourglass.reporting.tables import of_variants
from tests.reporting.test_tables import CONTROLS, VARIANTS


def test_table_of_metrics_marks_the_best() -> None:
    assert of_table(of_variants(VARIANTS, CONTROLS, RESULTS)).splitlines() == [
        "| variant | latent dims | parameters | MSE | ROC-AUC | untrained ROC-AUC |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| vae |  | 12,345 | 0.0200 [0.0190, 0.0210] | **0.900** [0.890, 0.910] | 0.950 |",
        "| pca | 30 | 12,345 | **0.0100** [0.0090, 0.0110] | 0.800 [0.790, 0.810] | 0.600 |",
        "| mean image |  |  | 0.0050 [0.0040, 0.0060] | 0.700 [0.690, 0.710] |  |",
        "| raw pixels |  |  |  |  |  |",
    ]


def test_columns_are_aligned_as_asked() -> None:
    text = write(["claim", "value"], [LEFT, RIGHT], [["one", "1"], ["", "2"]])
    assert text == "| claim | value |\n| --- | ---: |\n| one | 1 |\n|  | 2 |\n"
