"""Which registered version is served: the one that the alias `champion` points at.

A challenger takes its place if it is accepted, and better on the validation images by a stated margin. A variant that a
person named need only not be worse than another version of itself (promotion.py). Test images take no part in the
choice. Setting the alias is one request: whenever a process or the server dies, there is one champion. Only then is its
version marked as promoted.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import mlflow.artifacts
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from hourglass.core.errors import HourglassError
from hourglass.core.metrics import Metrics
from hourglass.tracking import ledger, registry
from hourglass.tracking.contents import Contents
from hourglass.tracking.decision import (
    COMMENT,
    DECIDED,
    DECISION,
    PREVIOUS,
    PREVIOUS_KEY,
    PROMOTED,
    REFUSED,
    Decision,
    described,
    named,
    record,
)
from hourglass.tracking.settings import CHAMPION
from hourglass.tracking.store import open_client, refusal
from hourglass.tracking.tags import KEY

VALIDATION_ROC_AUC = "validation_roc_auc"
# MLflow stores at most 5,000 characters of a description.
DECISIONS_SHOWN = 5


def best(contents: Sequence[Contents]) -> Contents:
    """The accepted variant with the best ROC-AUC on validation images.

    Raises:
        HourglassError: no variant is accepted, or one was not measured on validation images.
    """
    accepted = [content for content in contents if content.accepted]
    if not accepted:
        raise HourglassError("no variant passes acceptance, so none can become the champion; see `hourglass check`")
    return max(accepted, key=_validation_roc_auc)


def require_challenger(content: Contents) -> None:
    """Return if a variant may become the champion.

    Raises:
        HourglassError: it does not pass acceptance, or was not measured on validation images.
    """
    if not content.accepted:
        raise HourglassError(f"{content.variant} does not pass acceptance; see `hourglass check`")
    _validation_roc_auc(content)


def _validation_roc_auc(content: Contents) -> float:
    if VALIDATION_ROC_AUC not in content.summary:
        raise HourglassError(
            f"{content.variant} has no ROC-AUC on validation images; run `hourglass repro` to measure it"
        )
    return content.summary[VALIDATION_ROC_AUC]


def current(client: MlflowClient, model: str) -> ModelVersion | None:
    """The version that is served, if there is one."""
    number = registry.aliases(client, model).get(CHAMPION)
    return None if number is None else client.get_model_version(model, number)


def version_of(client: MlflowClient, model: str, key: str) -> ModelVersion:
    """The version that holds the results with that key.

    Raises:
        HourglassError: they are not registered.
    """
    same = [version for version in registry.versions(client, model) if version.tags[KEY] == key]
    if not same:
        raise HourglassError(f"these results are no version of {model}; run `hourglass publish`")
    return same[0]


def apply(client: MlflowClient, model: str, version: ModelVersion, decision: Decision) -> None:
    """Note the decision on the challenger's version; if it is promoted, move the alias, then mark it as promoted.

    Raises:
        HourglassError: somebody else moved the champion meanwhile.
    """
    _require_unmoved(client, model, decision.against)
    # A version that was champion once keeps the tags that say why, so that it can be restored.
    kept = not decision.promoted and version.tags.get(DECISION, REFUSED) not in (DECIDED, REFUSED)
    note(client, version, {} if kept else decision.tags(), f"{decision}.")
    if decision.promoted:
        _require_unmoved(client, model, decision.against)
        client.set_registered_model_alias(model, CHAMPION, version.version)
        client.set_model_version_tag(model, version.version, DECISION, PROMOTED)


def complete(client: MlflowClient, champion: ModelVersion) -> None:
    """Mark the champion as promoted if its promotion stopped after the alias had moved."""
    if champion.tags.get(DECISION) == DECIDED:
        client.set_model_version_tag(champion.name, champion.version, DECISION, PROMOTED)


def _require_unmoved(client: MlflowClient, model: str, expected: ModelVersion | None) -> None:
    present = current(client, model)
    if (present and str(present.version)) != (expected and str(expected.version)):
        raise HourglassError("somebody else moved the champion meanwhile; run the same command again")


def previous(client: MlflowClient, model: str) -> tuple[ModelVersion, ModelVersion]:
    """The champion, and the version that it replaced.

    Raises:
        HourglassError: there is no champion, it replaced none, or that one cannot be served any more.
    """
    champion = current(client, model)
    if champion is None:
        raise HourglassError(f"{model} has no champion, so there is nothing to go back from")
    number, key = champion.tags.get(PREVIOUS), champion.tags.get(PREVIOUS_KEY)
    if number is None:
        raise HourglassError(f"{named(champion)} replaced no champion, so there is none to go back to")
    same = [v for v in registry.versions(client, model) if str(v.version) == number or v.tags[KEY] == key]
    earlier = next((v for v in same if ledger.model_of(client, client.get_run(str(v.run_id)))), None)
    if earlier is None:
        raise HourglassError(f"version {number}, the champion before, is gone; promote a variant by its name")
    return champion, earlier


def roll_back(client: MlflowClient, model: str, champion: ModelVersion, earlier: ModelVersion) -> None:
    """Serve the version `earlier` again in place of `champion`, and note it on both.

    Raises:
        HourglassError: somebody else moved the champion meanwhile.
    """
    _require_unmoved(client, model, champion)
    note(client, champion, {DECISION: "rolled back"}, f"rolled back to {named(earlier)}.")
    note(client, earlier, {DECISION: "restored"}, f"restored in place of {named(champion)}.")
    _require_unmoved(client, model, champion)
    client.set_registered_model_alias(model, CHAMPION, earlier.version)


def note(client: MlflowClient, version: ModelVersion, tags: Mapping[str, str | None], comment: str) -> None:
    """Put a decision on record: as tags (None deletes one), and as the last paragraph of the version's description."""
    for name, value in tags.items():
        if value is not None:
            client.set_model_version_tag(version.name, version.version, name, value)
        elif name in version.tags:
            client.delete_model_version_tag(version.name, version.version, name)
    earlier = [paragraph for paragraph in record(version)[1] if not paragraph.endswith(comment)]
    paragraphs = [*earlier, f"{datetime.now(UTC):%Y-%m-%d}: {comment}"][-DECISIONS_SHOWN:]
    card = (version.description or "").partition(COMMENT)[0]
    client.update_model_version(version.name, version.version, described(card, paragraphs))


def served(model: str) -> tuple[ModelVersion, Metrics | None] | None:
    """The version that is served, and its metrics as they were published; None if there is none.

    The metrics are None if they or the model's files are lost.

    Raises:
        HourglassError: the tracking server does not answer.
    """
    client = open_client()
    try:
        version = current(client, model)
        return None if version is None else (version, _metrics(client, version))
    except (MlflowException, OSError) as error:
        raise HourglassError(refusal(error)) from error


def _metrics(client: MlflowClient, version: ModelVersion) -> Metrics | None:
    try:
        if ledger.model_of(client, client.get_run(str(version.run_id))):
            return Metrics(mlflow.artifacts.load_dict(f"runs:/{version.run_id}/metrics.json"))
    except (MlflowException, OSError):
        pass
    open_client().get_registered_model(version.name)  # raises if the server, and not a file, is the cause
    return None
