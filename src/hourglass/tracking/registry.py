"""Versions of the registered model, and the aliases that point at them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from hourglass.tracking import ledger, logged_model
from hourglass.tracking.contents import Contents
from hourglass.tracking.dataset import Dataset
from hourglass.tracking.decision import record
from hourglass.tracking.descriptions import refreshed
from hourglass.tracking.tags import ACCEPTED, KEY, VARIANT, truth


@dataclass(frozen=True)
class Entry:
    """One variant's results, their key, and the run that holds them."""

    content: Contents
    key: str
    run: Run


def agree(client: MlflowClient, model: str, entries: Sequence[Entry], datasets: Sequence[Dataset]) -> None:
    """Register accepted results that are not; note which are accepted; move the aliases that variants have.

    A variant's alias points at the version of the results on disk if they are accepted, and else stays where it is.
    Any other alias, `champion` among them, moves only from a version that is lost to a new one of the same results.
    """
    known = versions(client, model)
    by_key = {entry.key: _version(client, model, entry, datasets, known) for entry in entries}
    current = {key: version for key, version in by_key.items() if version}
    _move_aliases(client, model, entries, known, current)
    for version in known:
        if version.tags[KEY] in current and version.version != current[version.tags[KEY]].version:
            client.delete_model_version(model, version.version)


def _version(
    client: MlflowClient, model: str, entry: Entry, datasets: Sequence[Dataset], known: Sequence[ModelVersion]
) -> ModelVersion | None:
    """The version of the entry's run, registered if the results are accepted or a lost version is to be replaced.

    It takes over the decisions on the version that it replaces.
    """
    content, run, accepted = entry.content, entry.run.info.run_id, truth(entry.content.accepted)
    same = [version for version in known if version.tags[KEY] == entry.key]
    for version in same:
        if version.run_id == run:
            if version.tags.get(ACCEPTED) != accepted:
                client.set_model_version_tag(model, version.version, ACCEPTED, accepted)
            card = version.description or ""
            if (today := refreshed(card, content)) != card:
                client.update_model_version(model, version.version, today)
            return version
    if not same and not content.accepted:
        return None
    lost = max(same, key=lambda version: int(version.version), default=None)
    decided, paragraphs = record(lost) if lost else ({}, [])
    tags = {**decided, KEY: entry.key, VARIANT: content.variant, ACCEPTED: accepted}
    logged = ledger.model_of(client, entry.run)
    return logged_model.register(client, model, str(logged), content, run, datasets, tags, paragraphs)


def _move_aliases(
    client: MlflowClient,
    model: str,
    entries: Sequence[Entry],
    known: Sequence[ModelVersion],
    current: Mapping[str, ModelVersion],
) -> None:
    present, by_number = aliases(client, model), {str(version.version): version for version in known}
    variants = {entry.content.variant for entry in entries}
    wanted = {entry.content.variant: current[entry.key] for entry in entries if entry.content.accepted}
    for alias, number in present.items():
        version = by_number.get(number)
        if version is None:
            continue  # not one of ours
        if alias == version.tags[VARIANT] and alias not in variants:
            client.delete_registered_model_alias(model, alias)
        elif version.tags[KEY] in current:
            wanted.setdefault(alias, current[version.tags[KEY]])
    for alias, version in wanted.items():
        if present.get(alias) != str(version.version):
            client.set_registered_model_alias(model, alias, version.version)


def versions(client: MlflowClient, model: str) -> list[ModelVersion]:
    """The versions that we registered."""
    return [version for version in client.search_model_versions(f"name = '{model}'") if KEY in version.tags]


def aliases(client: MlflowClient, model: str) -> dict[str, str]:
    """Alias -> number of the version it points at."""
    try:
        return {alias: str(number) for alias, number in client.get_registered_model(model).aliases.items()}
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return {}  # nothing has ever been registered
