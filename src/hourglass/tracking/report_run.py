"""The report as a run of its own: it compares all variants, so it belongs to none of their runs."""

import hashlib
from collections.abc import Mapping

from mlflow.tracking import MlflowClient

from hourglass.core import layout
from hourglass.core.files import read_bytes
from hourglass.tracking import source
from hourglass.tracking.runs import NOTE

NAME = "report"
KIND, DIGEST = "hourglass.kind", "hourglass.report"
FILES = (layout.PAGE, layout.RESULTS_TABLE, layout.ACCEPTANCE, layout.SUMMARY)
TEXT = """\
The report of all variants that are current: **Artifacts**, `index.html` (one file, opens offline), `results.md`,
`acceptance.json` (criteria and whether they are met), `summary.json` (headline metrics).

![ROC-AUC of all variants](get-artifact?path=figures%2Fdetection.png&run_uuid={run})"""


def publish(client: MlflowClient, experiment: str, tags: Mapping[str, str]) -> str:
    """Log the report unless it is there; remove the run of an earlier one. Returns the run's id."""
    digest = hashlib.sha256(b"".join(read_bytes(file) for file in FILES)).hexdigest()
    present = client.search_runs([experiment], f"tags.`{KIND}` = '{NAME}'", max_results=5000)
    same = [run.info.run_id for run in present if _whole(client, run.info.run_id, run.data.tags, digest)]
    run = same[0] if same else _log(client, experiment, digest, tags)
    for earlier in present:
        if earlier.info.run_id != run:
            client.delete_run(earlier.info.run_id)
    return run


def _whole(client: MlflowClient, run: str, tags: Mapping[str, str], digest: str) -> bool:
    """Whether a run holds this report, all of it."""
    names = {file.path for file in client.list_artifacts(run)}
    return tags.get(DIGEST) == digest and all(file.name in names for file in FILES)


def _log(client: MlflowClient, experiment: str, digest: str, tags: Mapping[str, str]) -> str:
    created = client.create_run(experiment, tags={**source.tags(), **tags, KIND: NAME}, run_name=NAME)
    run = str(created.info.run_id)
    client.set_tag(run, NOTE, TEXT.format(run=run))
    for file in FILES:
        client.log_artifact(run, str(file))
    for figure in sorted(layout.FIGURES.glob("*.png")):
        client.log_artifact(run, str(figure), "figures")
    client.set_tag(run, DIGEST, digest)
    client.set_terminated(run)
    return run
