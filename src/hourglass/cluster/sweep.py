"""`hourglass sweep VARIANT --trials N`: search settings of a variant; see search.py.

Ranges stand in the section `search` of params.yaml.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path
from typing import Any

from hourglass.cluster import connection, runtime
from hourglass.cluster.settings import shown
from hourglass.cluster.sweep_record import Record
from hourglass.cluster.trial import OBJECTIVE, Job, changed
from hourglass.core import inputs, layout, params
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import write_text
from hourglass.core.params import PARAMS, suggestion
from hourglass.exclusion import holding
from hourglass.pipeline import edit, lock, validate
from hourglass.pipeline.schema import Params

# What is kept of each sweep, to go on with it. Git and DVC ignore the folder.
STATE = Path(".dvc/tmp/sweeps")
EXAMPLE = "{latent_dim: {min: 8, max: 64}, train.learning_rate: {min: 0.001, max: 0.01, log: true}}"


def sweep(variant: str, trials: int, address: str, *, apply: bool) -> None:
    """Search until `trials` trials have ended, and print what params.yaml would change; with `apply`, change it.

    Trials that ended before are not repeated, as long as images and all settings that are not searched are the same.

    Args:
        address: of a Ray cluster, as `connection.connected` takes it.

    Raises:
        SettingsError: there is no such variant, params.yaml states nothing to search, or a value cannot be tried.
        HourglassError: Ray is missing or does not answer; no trial ended well; another process is at work on this
            sweep, or a rebuild here. Others as of `search.search`.
    """
    settings = validate.settings()
    job = _job(variant, settings)
    _require_buildable(job, settings)
    folder = STATE / f"{variant}-{_digest(job)}"
    with _alone(folder):
        record = Record(folder)
        if len(record.ended) < trials:
            _search(job, trials, address, record, settings)
    if not (best := record.best):
        raise HourglassError(f"no trial of {variant} was trained to its end: all diverged or failed; see `search`")
    objective, chosen = best[0], job.chosen(best[1])
    print(f"best of {len(record.ended)} trials: {OBJECTIVE} {objective:.6g} with {shown(chosen)}")
    present = job.present() or {}
    # A default that params.yaml does not state stays unstated: stating it would rebuild the variant.
    new = [path for path, drawn in best[1].items() if path not in present or present[path] != drawn]
    _change({f"variants.{variant}.{path}": chosen[path] for path in new}, apply=apply)


def _search(job: Job, trials: int, address: str, record: Record, settings: Params) -> None:
    with connection.connected(address, runtime_env=runtime.environment(settings)):
        from hourglass.cluster import search  # Ray and MLflow, which take seconds

        search.search(job, trials, record, settings)


def _job(variant: str, settings: Params) -> Job:
    if variant not in settings.variants:
        raise SettingsError(f"{PARAMS}: variants.{variant}: unknown variant{suggestion(variant, settings.variants)}")
    if variant not in settings.search:
        raise SettingsError(f"{PARAMS}: search.{variant}: missing; it states what to try, such as {EXAMPLE}")
    entry = params.content()["variants"][variant]
    space = settings.search[variant]
    return Job(variant, entry, space, settings.train, settings.seed, settings.threads, settings.device)


def _require_buildable(job: Job, settings: Params) -> None:
    """Return if a network can be built with each setting at the ends of its range.

    Raises:
        SettingsError: names what is unknown, mistyped, out of range, or beyond what anybody can train.
    """
    from hourglass.models.build import build  # torch takes seconds

    shape = settings.data.image_shape
    for path, chosen in job.extremes():
        recipe, where = job.recipe(chosen), f"search.{job.variant}.{path}"
        validate.require_size(where, recipe.module, recipe.network, shape)
        model = build(recipe.module, recipe.network, shape, job.seed, where=where)
        validate.require_sensible(where, model, settings.data)


def _digest(job: Job) -> str:
    """Tells one sweep from another: the same digest means the same code, images, ranges and settings beside these."""
    trained = inputs.fingerprint(inputs.declared("train", [job.variant]))
    replaced = layout.PREPARED, Path(f"{PARAMS}: variants.{job.variant}")
    own = {name: value for name, value in trained.items() if not any(map(Path(name).is_relative_to, replaced))}
    entry = changed(job.entry, dict.fromkeys(job.space))  # --apply changes what is searched
    space = {path: values.model_dump() for path, values in job.space.items()}
    shared = [own, entry, space, params.content()["data"]]  # own images have a digest there
    return hashlib.sha256(json.dumps(shared, sort_keys=True).encode()).hexdigest()[:8]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Raise an error if another process is at work on the sweep that `folder` keeps."""

    def blocked(holder: str) -> None:
        raise HourglassError(f"{holder} is at work on this sweep; wait for it, or stop it with Ctrl-C in its terminal")

    folder.mkdir(parents=True, exist_ok=True)
    with holding(folder / "lock", blocked):
        yield


def _change(values: Mapping[str, Any], *, apply: bool) -> None:
    """Print what the values change in params.yaml; with `apply`, change it."""
    before, after = PARAMS.read_text(encoding="utf-8"), edit.edited(values)
    if before == after:
        print(f"{PARAMS} has these settings already")
        return
    print("".join(unified_diff(before.splitlines(True), after.splitlines(True), str(PARAMS), str(PARAMS))), end="")
    if not apply:
        print(f"nothing is changed; --apply writes it into {PARAMS}")
        return
    with lock.exclusive(wait=False):  # a rebuild at work here reads params.yaml
        write_text(PARAMS, edit.edited(values))
    print(f"{PARAMS} is changed; `hourglass repro` rebuilds what depends on it")
