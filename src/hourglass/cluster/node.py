"""Bring one stage up to date in a clone on a node: `python -m hourglass.cluster.node STAGE PATH...`.

The outputs PATH of earlier stages come from the DVC remote, and what the stage writes goes there.
"""

import os
import signal
import sys
from threading import Thread

from hourglass.pipeline import faster_dvc

# Exit statuses, beside that of a stage that failed: 1.
NOT_FETCHED, NOT_SENT = 65, 66
# Stands in the log before what DVC says of the remote.
TRANSFER = "== DVC remote"


def main(stage: str, *fetched: str) -> int:
    """Fetch, let DVC run the stage if it has to, send; return the exit status."""
    Thread(target=_end_with_parent, daemon=True).start()
    if fetched and _transfer("pull", *fetched):
        return NOT_FETCHED
    # Without the run cache: it lacks outputs that are not cached, and the remote would have to be searched for it.
    if faster_dvc.main(["repro", "--single-item", "--pull", "--no-run-cache", stage]):
        return 1
    return NOT_SENT if _transfer("push", stage) else 0


def _transfer(*arguments: str) -> int:
    print(TRANSFER, flush=True)
    return faster_dvc.main([*arguments])  # with --quiet DVC would not say why it failed


def _end_with_parent() -> None:
    """Kill this process and what it started once standard input ends, which the parent has the other end of."""
    while os.read(0, 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
