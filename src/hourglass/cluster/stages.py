"""`hourglass repro --ray ADDRESS`: the stages of a rebuild, each a task on a node of a Ray cluster.

A node runs a stage in a clone of the commit. Here stay DVC's graph and dvc.lock, the order of the stages, and the plain
`dvc repro` that closes a rebuild and proves it complete. A task whose node is lost starts again on another one.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from hourglass.cluster import clone, commit, connection, node, nodes, remote, resources
from hourglass.cluster.order import LOCK, SCHEMA, Orders
from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import replacing, write_text
from hourglass.core.params import Common
from hourglass.pipeline import faster_dvc, graph, rebuild

# Its results are records on this machine, and no stage waits for it.
HERE = "publish"
# How often a stage starts again after its node was lost. A stage that fails is not repeated.
RETRIES = 3


def runner(address: str, settings: Common, jobs: int | None) -> rebuild.Run:
    """What runs the stages of a rebuild on the cluster at `address`.

    Args:
        jobs: stages at a time; None: as many as the nodes have cores for.

    Raises:
        SettingsError, HourglassError: nobody can rebuild there; as `connection.require` and `commit.require_committed`.
    """
    connection.require(address)
    commit.require_committed()

    def run(waits_for: Mapping[str, set[str]], later: Collection[str]) -> dict[str, float]:
        away = {name: before for name, before in waits_for.items() if name != HERE}
        took = _run_away(address, settings, jobs, away, later) if away else {}
        return took | rebuild.run_all({name: set() for name in waits_for.keys() - away.keys()}, jobs=1)

    return run


def _run_away(
    address: str, settings: Common, jobs: int | None, waits_for: Mapping[str, set[str]], later: Collection[str]
) -> dict[str, float]:
    """Run stages on the cluster; return the seconds each took. Errors as of `rebuild.rebuild`."""
    before = graph.read(rebuild.RESULTS)
    orders = Orders(before, remote.settings(remote.options()))
    with connection.connected(address):
        import ray

        resources.require_room(waits_for, settings, ray.nodes())
        ray.cloudpickle.register_pickle_by_value(clone)
        nodes.require_alike(settings)
        remote.push({name for stage in waits_for for name in before[stage]} - waits_for.keys())
        places = jobs or resources.places(settings, ray.nodes())
        cluster = _Cluster(orders, settings)
        try:
            took = rebuild.run_all(waits_for, later, jobs=places, runner=cluster)
        finally:
            nodes.clear()
    remote.pull(waits_for)
    return took


class _Cluster:
    """Runs stages as tasks, and owns dvc.lock meanwhile."""

    def __init__(self, orders: Orders, settings: Common) -> None:
        import ray

        self.orders, self.settings = orders, settings
        self.task, self.tree = ray.remote(clone.run), ray.put(commit.archive())
        self.lock, self.merging = faster_dvc.load(Path(LOCK)), Lock()
        self.lock.setdefault("schema", SCHEMA)
        self.entries: dict[str, Any] = self.lock.setdefault("stages", {})
        self.started: list[_Task] = []

    def start(self, name: str) -> "_Task":
        with self.merging:
            order = self.orders.of(name, self.entries)
        needs = resources.of(name, self.settings).options()
        task = self.task.options(name=name, max_retries=RETRIES, retry_exceptions=False, **needs)
        arguments = [name, *order.fetched]
        self.started.append(_Task(name, self, task.remote(self.tree, order.files, arguments, order.returned)))
        return self.started[-1]

    def stop(self) -> None:
        import ray

        results = [task.result for task in self.started]
        for result in ray.wait(results, num_returns=len(results), timeout=0)[1] if results else ():
            ray.cancel(result, force=True)

    def merge(self, stage: str, files: Mapping[str, bytes]) -> None:
        """Write what came back of a stage: files, then its entry in dvc.lock, so that it never names what is not here.

        Raises:
            HourglassError: the disk refused.
        """
        with self.merging:
            for path in files.keys() - {LOCK}:
                with replacing(Path(path)) as partial:
                    partial.write_bytes(files[path])
            self.entries[stage] = faster_dvc.parse(files[LOCK].decode())["stages"][stage]
            write_text(Path(LOCK), faster_dvc.dump(self.lock))


class _Task:
    """A stage at work on a node."""

    def __init__(self, name: str, cluster: _Cluster, result: Any) -> None:
        self.name, self.cluster, self.result = name, cluster, result

    def finish(self) -> tuple[str, str]:
        """Wait until it has ended, and merge what came back; as `rebuild.Running` says.

        Raises:
            HourglassError: the node failed where the stage did not, or the remote did.
        """
        status, printed, files = self._answer()
        log = printed.decode(errors="replace")
        write_text(layout.log(self.name), log)
        if status in (node.NOT_FETCHED, node.NOT_SENT):
            what = "fetching the inputs" if status == node.NOT_FETCHED else "sending the outputs"
            raise remote.refusal(f"{what} of stage {self.name}", log.rpartition(node.TRANSFER)[2])
        if not status:
            self.cluster.merge(self.name, files)
        return rebuild.outcome_of(log, status), rebuild.end_of(log)

    def _answer(self) -> tuple[int, bytes, dict[str, bytes]]:
        import ray

        try:
            answer: tuple[int, bytes, dict[str, bytes]] = ray.get(self.result)
        except ray.exceptions.RayTaskError as error:  # of clone.py, such as a full disk
            raise HourglassError(f"stage {self.name}: its node failed: {str(error).strip().splitlines()[-1]}") from None
        except ray.exceptions.RayError as error:
            reason = str(error).strip().splitlines()[0]
            raise HourglassError(f"stage {self.name} was lost with its node {RETRIES + 1} times: {reason}") from None
        return answer
