"""One detector of another library: every class in turn is the normal one.

python -m benchmarks.theirs sklearn.isolation_forest.default 0.05    name, share of anomalies in the training images
"""

import sys
from pathlib import Path

from benchmarks.protocol import gather, judge, task
from benchmarks.rivals import RIVALS
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.stage import attempt
from hourglass.data import arrays

RESULTS = Path("benchmarks/results/theirs")


def main(name: str, contamination: float) -> None:
    """Measure the detector on every class; write one file."""
    seed = params.common().seed
    found = []
    for normal in range(len(arrays.describe().classes)):
        given = task(normal, contamination, seed)
        rival = RIVALS[name](seed)
        rival.fit(given.flat)
        found.append(judge(rival.score(given.flat_test), given.test.labels, normal))
        print(f"{name}, normal class {normal}: ROC-AUC {found[-1]['auc']:.4f}", flush=True)
    write_json(RESULTS / f"{name}-{contamination:g}.json", gather(found))


if __name__ == "__main__":
    sys.exit(attempt(lambda: main(sys.argv[1], float(sys.argv[2]))))
