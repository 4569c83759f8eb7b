"""Workers that score image files, and what Ray Data gives them: names of files go there, and rows come back."""

import json
import logging
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ray
import ray.data
import torch

from hourglass.cluster.predict_names import NAMES, Names
from hourglass.cluster.predict_progress import encode
from hourglass.cluster.resources import Resources
from hourglass.core import device
from hourglass.core.params import Common
from hourglass.detection.files import load_detector
from hourglass.prediction.scoring import score_files

# Columns: a line of rows, and the address of the node that made it.
ROWS, NODE = "rows", "node"


class Worker:
    """Scores batches of files with a detector that it loads once."""

    def __init__(self, detector: Any, start: Path, settings: Common) -> None:
        """Take the content of a detector's file, which Ray holds; relative names start at `start`."""
        torch.set_num_threads(settings.threads)
        with tempfile.NamedTemporaryFile() as file:
            file.write(ray.get(detector))
            file.flush()
            self.detector = load_detector(Path(file.name), device.find(settings.device))
        # With a thread for itself, a worker needs no others.
        self.apply = map if settings.threads == 1 else ThreadPoolExecutor(settings.threads).map
        self.start, self.node = start, ray.util.get_node_ip_address()

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Score one batch of files."""
        (found,) = score_files(self.detector, [json.loads(batch[NAMES][0])], self.start, self.apply)
        return {ROWS: [encode(found.rows)], NODE: [self.node]}


@dataclass(frozen=True)
class Workers:
    """Workers on the nodes of the cluster.

    detector: the content of its file. start: where relative names start. need, count: of each, and how many.
    """

    detector: bytes
    start: Path
    settings: Common
    need: Resources
    count: int

    def score(self, names: Path, listed: int) -> Iterator[tuple[bytes, str]]:
        """Score the batches that a file of this machine lists, from a byte on.

        Yields:
            of each batch, in order: the line of its rows, and the address of the node that it was scored on.
        """
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # what ends the work is raised as well
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        context.target_max_block_size = 1  # a block, and so a task, per batch
        here = ray.get_runtime_context().get_node_id()
        batches = ray.data.read_datasource(Names(names, listed), num_cpus=0, label_selector={"ray.io/node-id": here})
        scored = batches.map_batches(
            Worker,
            fn_constructor_args=(ray.put(self.detector), self.start, self.settings),
            compute=ray.data.ActorPoolStrategy(size=self.count),
            **self.need.options(),
        )
        for row in scored.iter_rows():
            yield row[ROWS], row[NODE]
