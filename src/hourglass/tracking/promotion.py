"""Decide whether a challenger becomes the champion, carry it out, and go back."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from hourglass.core import layout
from hourglass.core.errors import HourglassError
from hourglass.data.imageset import ImageSet
from hourglass.detection.anomalies import Tested, with_anomalies
from hourglass.tracking import champion, evaluated, lease, rescore
from hourglass.tracking.address import address, is_lost
from hourglass.tracking.comparison import Scores, auc_difference
from hourglass.tracking.contents import Contents
from hourglass.tracking.dataset import digest
from hourglass.tracking.decision import SAME, Decision, named
from hourglass.tracking.lock import exclusive
from hourglass.tracking.settings import CHAMPION
from hourglass.tracking.store import connect, open_client, refusal
from hourglass.tracking.tags import KEY, VARIANT


@dataclass(frozen=True)
class Promotion:
    """How a champion is chosen.

    model: name of the registered model. margin: as in params.yaml. dry_run: say the decision, change nothing.
    by_name: a person named the challenger. It may then replace another version of its own variant unless it is worse;
        in all other cases it must be better by the margin.
    """

    model: str
    margin: float
    dry_run: bool = False
    by_name: bool = False

    def promote(self, content: Contents) -> bool:
        """Compare `content` with the champion, print the decision, and move the alias if it is promoted.

        Returns:
            whether `content` is the champion now, or would be.

        Raises:
            HourglassError: it is not published, the champion cannot be compared with it, or the tracking server does
                not answer.
        """
        with exclusive():
            try:
                if self.dry_run and is_lost():
                    print(f"dry run: {content.variant} would be the first champion")
                    return True
                return self._promote(open_client(), content)
            except MlflowException as error:
                raise HourglassError(f"{refusal(error)}; run `hourglass promote` again") from error

    def set_first(self, contents: Sequence[Contents], experiment: str) -> None:
        """Make the best accepted variant the champion if there is no champion; if none is accepted, do nothing.

        Args:
            experiment: name of the one that holds the runs of `contents`.
        """
        with exclusive():
            try:
                client, number = connect(experiment)
                with lease.held(client, number) as writer:
                    if any(content.accepted for content in contents) and not champion.current(writer, self.model):
                        self._promote(writer, champion.best(contents))
            except MlflowException as error:
                raise HourglassError(f"{refusal(error)}; run `hourglass publish` to finish") from error

    def roll_back(self) -> None:
        """Serve the champion before this one again.

        Raises:
            HourglassError: there is none, or the tracking server does not answer.
        """
        with exclusive():
            try:
                client = open_client()
                present, earlier = champion.previous(client, self.model)
                if not self.dry_run:
                    champion.roll_back(client, self.model, present, earlier)
            except MlflowException as error:
                raise HourglassError(f"{refusal(error)}; run `hourglass promote --rollback` again") from error
        verb = "would go" if self.dry_run else "went"
        print(f"champion {verb} back from {named(present)} to {named(earlier)}")

    def _promote(self, client: MlflowClient, content: Contents) -> bool:
        key = content.key()
        present = champion.current(client, self.model)
        if present and present.tags.get(KEY) == key:
            if not self.dry_run:
                champion.complete(client, present)
            print(f"{content.variant} is the champion already ({named(present)})")
            return True
        same_variant = present is not None and present.tags.get(VARIANT) == content.variant
        margin = None if self.by_name and same_variant else self.margin
        decision = self._decide(present, content, margin)
        if not self.dry_run:
            champion.apply(client, self.model, champion.version_of(client, self.model, key), decision)
        print(f"{'dry run: ' if self.dry_run else ''}{decision}; {_on_test_images(client, present, content)}")
        if decision.promoted and not self.dry_run:
            print(f"{content.variant} is served as `{CHAMPION}` now")
        if same_variant and margin is not None and not decision.promoted:
            print(f"`hourglass promote {content.variant}` replaces a version of the same variant unless it is worse")
        return decision.promoted

    def _decide(self, present: ModelVersion | None, content: Contents, margin: float | None) -> Decision:
        images = ImageSet.open(layout.split("validation"))
        if present is None:
            return Decision(content.variant, promoted=True, digest=digest(images), margin=margin)
        tested = with_anomalies(images, content.normal, int(content.parameters["seed"]))
        own = evaluated.validation_scores(content, tested)
        difference = auc_difference(_served_scores(present, tested), own, tested.anomalous)
        promoted = difference.high >= SAME if margin is None else difference.low > margin
        return Decision(content.variant, promoted, digest(images), margin, present, difference)


def _served_scores(present: ModelVersion, tested: Tested) -> Scores:
    """The champion's scores of the validation images and what stands in for anomalies, by the model that is served."""
    folders = [layout.split("validation")]
    try:
        with TemporaryDirectory() as scratch:
            if tested.defects:
                tested.defects.save(Path(scratch))
                folders.append(Path(scratch))
            model = f"models:/{present.name}/{present.version}"
            return np.concatenate([rescore.scores(model, folder / "images.npy", address()) for folder in folders])
    except RuntimeError as error:
        raise HourglassError(
            f"the champion, {named(present)}, cannot score the validation images ({error}); to replace it "
            f"without a comparison, delete the alias {CHAMPION} in MLflow, then promote again"
        ) from None


def _on_test_images(client: MlflowClient, present: ModelVersion | None, content: Contents) -> str:
    """The ROC-AUC of the challenger and the champion on test images, which are not used for the choice."""
    text = f"ROC-AUC on test images, not used for the choice: {content.summary['roc_auc']:.4f}"
    try:
        former = client.get_run(str(present.run_id)).data.metrics.get("roc_auc") if present else None
    except MlflowException:  # the run was deleted
        former = None
    return text if former is None else f"{text}, the champion's {former:.4f}"
