"""The command `hourglass promote`, and what `hourglass check` says of the champion."""

from collections.abc import Mapping

from hourglass.core import params
from hourglass.core.errors import SettingsError
from hourglass.core.metrics import Metrics
from hourglass.core.params import suggestion
from hourglass.pipeline.acceptance import Criterion, expand
from hourglass.tracking import champion, contents, dataset, publish, receipt, trial_name
from hourglass.tracking.contents import PublishSettings
from hourglass.tracking.decision import named
from hourglass.tracking.promotion import Promotion
from hourglass.tracking.tags import KEY, VARIANT


class Params(PublishSettings):
    """What is read of params.yaml."""

    accept: Mapping[str, Criterion]


def main(variant: str | None, *, dry_run: bool) -> int:
    """Make `variant`, or the best accepted one, the champion if it is better by the margin.

    A variant that is named replaces another version of itself unless it is worse.

    Returns:
        exit status: 1 if the champion stays.

    Raises:
        HourglassError: it may not be promoted, the results are those of a DVC experiment, or as `Promotion.promote`
            does. SettingsError: there is no such variant.
    """
    trial_name.require_none()
    settings = params.read(Params)
    if variant is not None and variant not in settings.variants:
        raise SettingsError(f"no variant {variant!r} in params.yaml{suggestion(variant, settings.variants)}")
    names, results = settings.mlflow.names(settings.data), contents.read_all(settings)
    chosen = next((content for content in results if content.variant == variant), None) or champion.best(results)
    champion.require_challenger(chosen)
    if not dry_run:
        publish.publish(results, dataset.read(settings.data.name), names)
        receipt.note(results, names)
    promotion = Promotion(names.model, settings.mlflow.margin, dry_run, by_name=variant is not None)
    return 0 if promotion.promote(chosen) else 1


def roll_back(*, dry_run: bool) -> None:
    """Serve the champion before this one again; errors as of `Promotion.roll_back`."""
    settings = params.read(Params)
    Promotion(settings.mlflow.names(settings.data).model, settings.mlflow.margin, dry_run).roll_back()


def pending() -> str | None:
    """Say that the champion is of earlier results than those of its variant on disk, and what to do.

    Returns:
        None if it is not, its variant is gone from params.yaml, there is none, or the results are an experiment's.

    Raises:
        HourglassError: the tracking server does not answer, or results are missing.
    """
    settings = params.read(Params)
    served = champion.served(settings.mlflow.names(settings.data).model)
    variant = served[0].tags.get(VARIANT, "") if served else ""
    if served is None or variant not in settings.variants or trial_name.current():
        return None
    present = contents.read(variant, settings)
    if present.key() == served[0].tags.get(KEY):
        return None
    advice = f"`hourglass promote {variant}` serves them unless they are worse"
    reason = advice if present.accepted else "they do not pass acceptance, so they cannot be served"
    return f"{named(served[0])}, which is served, is not of the results on disk; {reason}"


def complaint() -> str | None:
    """Say that the champion is lost, or which of today's acceptance criteria it does not meet.

    Returns:
        None if it meets all, or there is no champion.

    Raises:
        HourglassError: the tracking server does not answer.
    """
    settings = params.read(Params)
    served = champion.served(settings.mlflow.names(settings.data).model)
    if served is None:
        return None
    version, measured = served
    if measured is None:
        return (
            f"CHAMPION LOST: {named(version)}, which is served, has no model files or no metrics.json any more; run "
            "`hourglass publish` if its results are on disk, else `hourglass promote --rollback`"
        )
    variant = version.tags.get(VARIANT)
    criteria = [entry for entry in expand(settings.accept, settings.variants) if entry[1] == variant]
    failed = [name for name, _, criterion in criteria if not _passed(criterion, measured)]
    if criteria and not failed:
        return None
    reason = f"does not meet {', '.join(failed)}" if criteria else "has no acceptance criterion in params.yaml"
    return (
        f"CHAMPION NOT ACCEPTED: {named(version)}, which is served, {reason}. It stays until you act: "
        "`hourglass promote`, or `hourglass promote --rollback`"
    )


def _passed(criterion: Criterion, measured: Metrics) -> bool:
    try:
        return criterion.passed(measured.number(criterion.metric))
    except KeyError:
        return False  # the metric is newer than the champion
