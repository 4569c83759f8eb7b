"""`hourglass repro --ray ADDRESS`: the stages of a rebuild, each a task on a node of a Ray cluster.

A node runs a stage in a clone of the commit. Here stay DVC's graph and dvc.lock, the order of the stages, and the plain
`dvc repro` that closes a rebuild and proves it complete. A task whose node is lost starts again on another one.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from hourglass.cluster import clone, commit, connection, node, nodes, remote, resources
from hourglass.cluster.connection import RETRIES
from hourglass.cluster.order import LOCK, SCHEMA, Orders
from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.core.files import replacing, write_text
from hourglass.core.params import Common
from hourglass.pipeline import faster_dvc, graph, rebuild
from hourglass.pipeline.forecast import listed

# Its results are records on this machine, and no stage waits for it.
PUBLISH = "publish"
# What never runs on a node.
HERE = {rebuild.DOWNLOAD, PUBLISH}


def place(address: str, settings: Common, jobs: int | None) -> rebuild.Place:
    """The cluster at `address`, as the place of a rebuild; publishing and downloading stay here.

    Entered, it raises HourglassError if an input is not committed, there is no default remote, no node has what a stage
    needs, or a node has other packages.

    Args:
        jobs: stages at a time; None: as many as the nodes have room for.

    Raises:
        SettingsError, HourglassError: as `connection.require` does.
    """
    connection.require(address)

    @contextmanager
    def entered(stages: Collection[str]) -> Iterator[rebuild.Run]:
        if {*stages} <= HERE:
            yield partial(rebuild.run_all, jobs=1)
            return
        commit.require_committed()
        tree, orders = commit.archive(), Orders(graph.read(rebuild.RESULTS), remote.settings(remote.options()))
        with connection.connected(address):
            import ray

            resources.require_room(sorted({*stages} - HERE), settings, ray.nodes())
            ray.cloudpickle.register_pickle_by_value(clone)
            nodes.require_alike(settings)

            def run(waits_for: Mapping[str, set[str]], later: Collection[str]) -> dict[str, float]:
                away = {name: before for name, before in waits_for.items() if name != PUBLISH}
                took = _run_away(_Cluster(tree, orders, settings), jobs, away, later) if away else {}
                return took | rebuild.run_all({name: set() for name in waits_for.keys() - away.keys()}, jobs=1)

            yield run

    return entered


def at_a_time(address: str, settings: Common) -> int:
    """How many stages the cluster at `address` can run at a time. Errors as of `connection.connected`."""
    with connection.connected(address):
        import ray

        return resources.stages_at_a_time(settings, ray.nodes())


def _run_away(
    cluster: "_Cluster", jobs: int | None, waits_for: Mapping[str, set[str]], later: Collection[str]
) -> dict[str, float]:
    """Run stages on the cluster; return the seconds each took. Errors as of `rebuild.rebuild`."""
    import ray

    before = cluster.orders.waits_for
    remote.push({name for stage in waits_for for name in before[stage]} - waits_for.keys())
    at_once = jobs or resources.stages_at_a_time(cluster.settings, ray.nodes())
    try:
        took = rebuild.run_all(waits_for, later, jobs=at_once, runner=cluster)
    finally:
        nodes.clear()
    remote.pull(waits_for)
    _require_complete()
    return took


def _require_complete() -> None:
    """Return if the nodes left nothing for the `dvc repro` that closes a rebuild: it would run stages on this machine.

    Raises:
        HourglassError: names the stages that are out of date.
    """
    if left := sorted(graph.changed(rebuild.RESULTS) - {PUBLISH}):
        raise HourglassError(
            f"out of date after the rebuild: {listed(left)}; if what they read was edited "
            "meanwhile, commit it and run this again"
        )


class _Cluster:
    """Runs stages as tasks, and owns dvc.lock meanwhile."""

    def __init__(self, tree: bytes, orders: Orders, settings: Common) -> None:
        import ray

        self.orders, self.settings = orders, settings
        self.task, self.tree = ray.remote(clone.run), ray.put(tree)
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
            return self._awaited()
        except ray.exceptions.RayTaskError as error:  # of clone.py, such as a full disk
            raise HourglassError(f"stage {self.name}: its node failed: {str(error).strip().splitlines()[-1]}") from None
        except ray.exceptions.RayError as error:
            lost = isinstance(error, ray.exceptions.NodeDiedError | ray.exceptions.WorkerCrashedError)
            what = f"was lost with its node, or its process there, {RETRIES + 1} times" if lost else "could not run"
            raise HourglassError(f"stage {self.name} {what}: {str(error).strip().splitlines()[0]}") from None

    def _awaited(self) -> tuple[int, bytes, dict[str, bytes]]:
        """What the task returns.

        Raises:
            HourglassError: every node that has what the stage needs is lost; Ray would wait for another one.
        """
        import ray

        while True:
            try:
                answer: tuple[int, bytes, dict[str, bytes]] = ray.get(self.result, timeout=resources.CHECK_SECONDS)
                return answer
            except ray.exceptions.GetTimeoutError:
                resources.require_room([self.name], self.cluster.settings, ray.nodes())
