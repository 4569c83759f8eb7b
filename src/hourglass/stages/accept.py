"""Hold the metrics against the acceptance criteria. A failed criterion fails `make check`, not this stage."""

from pathlib import Path

from hourglass.core import params
from hourglass.core.files import read_json, write_json
from hourglass.evaluation.acceptance import Criterion, judge

METRICS = Path("reports/metrics")


def main() -> None:
    content = params.read()
    criteria = {
        name: params.check(f"accept.{name}", values, Criterion) for name, values in content.get("accept", {}).items()
    }
    metrics = {
        variant: {kind: read_json(METRICS / kind / f"{variant}.json") for kind in ("evaluate", "detect")}
        for variant in content["variants"]
    }
    result = judge(criteria, metrics)
    write_json(Path("reports/acceptance.json"), result)
    for row in result["criteria"]:
        verdict = "passed" if row["passed"] else "FAILED"
        bound = f"{row['bound']} {row['threshold']:g}"
        print(f"{verdict}  {row['name']}: {row['variant']} {row['metric']} is {row['value']:.4f}, {bound}")
