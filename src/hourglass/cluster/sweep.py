"""`hourglass sweep VARIANT --trials N`: search settings of a variant with Ray Tune, Optuna and ASHA.

Optuna draws settings from the ranges in params.yaml; ASHA stops trials that fall behind others after as many epochs.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path
from typing import Any

from hourglass.cluster import connection, trial
from hourglass.cluster.settings import Space, shown
from hourglass.cluster.trial import COMPLETE, EPOCH, OBJECTIVE, Job
from hourglass.core import inputs, layout, params
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import read_json, write_json, write_text
from hourglass.core.origin import ENVIRONMENT
from hourglass.core.params import PARAMS, suggestion
from hourglass.data.imageset import ImageSet, open_splits
from hourglass.exclusion import holding
from hourglass.pipeline import edit, lock, validate
from hourglass.pipeline.schema import Params

# What Tune keeps of each sweep, to go on with it. Git and DVC ignore the folder.
STATE = Path(".dvc/tmp/sweeps")
BEST = "best.json"
# How often a trial starts again after it failed, or its node was lost.
RETRIES = 3
EXAMPLE = "{latent_dim: {min: 8, max: 64}, train.learning_rate: {min: 0.001, max: 0.01, log: true}}"


def sweep(variant: str, trials: int, address: str, *, apply: bool) -> None:
    """Search, unless it was done already, and print what params.yaml would change; with `apply`, change it.

    The same command goes on with a sweep that was interrupted, as long as settings and images are the same.

    Args:
        address: of a Ray cluster, as `connection.connected` takes it.

    Raises:
        SettingsError: there is no such variant, params.yaml states nothing to search, or a value cannot be tried.
        HourglassError: Ray is missing or does not answer; no trial ended well; another process is at work on this
            sweep, or a rebuild here.
    """
    settings = validate.settings()
    job = _job(variant, settings)
    _require_buildable(job, settings)
    folder = STATE / f"{variant}-{_digest(job, trials)}"
    with _alone(folder):
        if not (folder / BEST).exists():
            write_json(folder / BEST, _search(job, trials, address, folder, settings))
    best = read_json(folder / BEST)
    print(f"best of {trials} trials: {OBJECTIVE} {best[OBJECTIVE]:.6g} with {shown(best['settings'])}")
    _change({f"variants.{variant}.{path}": value for path, value in best["settings"].items()}, apply=apply)


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


def _digest(job: Job, trials: int) -> str:
    """Tells one sweep from another: the same digest means the same code, settings, images and trials."""
    trained = inputs.fingerprint(inputs.declared("train", [job.variant]))
    own = {name: value for name, value in trained.items() if not Path(name).is_relative_to(layout.PREPARED)}
    space = {path: values.model_dump() for path, values in job.space.items()}
    shared = [own, space, trials, params.content()["data"]]  # own images have a digest there
    return hashlib.sha256(json.dumps(shared, sort_keys=True).encode()).hexdigest()[:8]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Raise an error if another process is at work on the sweep that `folder` keeps."""

    def blocked(holder: str) -> None:
        raise HourglassError(f"{holder} is at work on this sweep; wait for it, or stop it with Ctrl-C in its terminal")

    folder.mkdir(parents=True, exist_ok=True)
    with holding(folder / "lock", blocked):
        yield


def _search(job: Job, trials: int, address: str, folder: Path, settings: Params) -> dict[str, Any]:
    """Run the trials that are left; return the best one's settings and objective.

    Raises:
        HourglassError: no trial ended well. Others as of `sweep`.
        KeyboardInterrupt: the trials that ended are kept.
    """
    # Nodes get this code, and the vector instructions that a rebuild would use.
    variables = dict(ENVIRONMENT[settings.instruction_set])
    code = {"py_modules": [str(Path(trial.__file__).parents[1])], "env_vars": variables}
    with connection.connected(address, runtime_env=code):
        from hourglass.cluster.trial_runs import TrialRuns, answered  # as Ray and MLflow, when they are needed

        log = TrialRuns(settings.mlflow.names(settings.data).experiment, folder.name, job)
        images = [_in_memory(part) for part in open_splits("train", "validation")]
        with answered():
            results = _tuner(job, trials, folder, images, log).fit()
        if results.num_terminated + results.num_errors < trials:
            raise KeyboardInterrupt  # Tune itself returns what it has
        ended = [result.metrics for result in results if result.metrics and result.metrics.get(COMPLETE)]
        if not ended:
            reason = str(next(iter(results.errors), "all diverged")).strip().splitlines()[-1]
            raise HourglassError(f"no trial of {job.variant} ended well: {reason}")
    best = min(ended, key=lambda metrics: float(metrics[OBJECTIVE]))
    return {OBJECTIVE: best[OBJECTIVE], "settings": job.chosen(best["config"])}


def _in_memory(images: ImageSet) -> ImageSet:
    return ImageSet(images[:], images.labels, images.classes, fit=images.fit)


def _tuner(job: Job, trials: int, folder: Path, images: list[ImageSet], log: Any) -> Any:
    """Ray's tuner: of a sweep that was interrupted if there is one, else a new one."""
    from ray import tune
    from ray.tune.schedulers import ASHAScheduler

    train, validation = images
    trainable = tune.with_resources(
        tune.with_parameters(trial.run, job=job, train=train, validation=validation),
        {"cpu": job.threads, "gpu": int(job.device == "cuda")},
    )
    if any(folder.glob("experiment_state-*.json")):  # written some seconds after the start
        return tune.Tuner.restore(str(folder.absolute()), trainable, restart_errored=True)
    epochs = max(job.recipe(chosen).schedule.epochs for _, chosen in job.extremes())
    return tune.Tuner(
        trainable,
        param_space={path: _domain(space) for path, space in job.space.items()},
        tune_config=tune.TuneConfig(
            metric=OBJECTIVE,
            mode="min",
            num_samples=trials,
            search_alg=_optuna(job),
            scheduler=ASHAScheduler(time_attr=EPOCH, max_t=epochs, grace_period=1),
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            name=folder.name,
            storage_path=str(folder.parent.absolute()),
            failure_config=tune.FailureConfig(max_failures=RETRIES),
            callbacks=[log],
            verbose=0,
        ),
    )


def _domain(space: Space) -> Any:
    """A range or list as Tune states it; the upper end of whole numbers is excluded there."""
    from ray import tune

    if space.values is not None:
        return tune.choice([space.encode(value) for value in space.values])
    low, high = space.ends()
    if space.is_whole:
        return (tune.lograndint if space.log else tune.randint)(low, high + 1)
    return (tune.loguniform if space.log else tune.uniform)(low, high)


def _optuna(job: Job) -> Any:
    """Optuna's search, which tries the present settings first: what is best is then no worse than these."""
    import optuna
    from ray.tune.search.optuna import OptunaSearch

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    present = job.present()
    return OptunaSearch(points_to_evaluate=[present] if present else None, seed=job.seed)


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
