"""Hold the metrics against the acceptance criteria. A failed criterion fails `make check`, not this stage."""

from pathlib import Path

from hourglass.core import params
from hourglass.core.files import read_json, write_json
from hourglass.evaluation.acceptance import judge, read

METRICS = Path("reports/metrics")


def main() -> None:
    content = params.read()
    metrics = {
        variant: {kind: read_json(METRICS / kind / f"{variant}.json") for kind in ("evaluate", "detect")}
        for variant in content["variants"]
    }
    result = judge(read(content.get("accept", {})), metrics)
    write_json(Path("reports/acceptance.json"), result)
    for row in result["criteria"]:
        verdict = "passed" if row["passed"] else "FAILED"
        bound = f"{row['bound']} {row['threshold']:g}"
        print(f"{verdict}  {row['name']}: {row['variant']} {row['metric']} is {row['value']:.4f}, {bound}")
