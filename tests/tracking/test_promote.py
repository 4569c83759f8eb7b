import multiprocessing
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

import pytest
from mlflow.tracking import MlflowClient

from hourglass.core import layout
from hourglass.core.errors import HourglassError, SettingsError
from hourglass.core.files import read_json, write_json
from hourglass.stages import promote, publish
from hourglass.tracking import champion as champions
from hourglass.tracking import rescore
from hourglass.tracking.decision import NAMES
from tests.tracking import state
from tests.tracking.state import MODEL, accept, aliases, champion, client, die, everything, in_child, refuse, retrain

Edit = Callable[..., None]
WORSE, BEFORE, GOOD, BETTER = 0.2, 0.5, 1.5, 3.0


@pytest.fixture(autouse=True)
def served(published: Path, quick_models: None, believed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """`vanilla` is published and the champion; scores of versions come from their runs."""
    monkeypatch.setattr(rescore, "scores", state.served_scores)


def published_again(variant: str, threshold: float) -> None:
    """Leave results on disk that differ by their threshold only."""
    detection = read_json(layout.metrics("detect", variant))
    write_json(layout.metrics("detect", variant), detection | {"threshold": threshold})


def test_first_champion_is_the_best_on_validation_images(edit: Edit) -> None:
    assert aliases()["champion"] == "vanilla"
    assert champion().tags["hourglass.decision"] == "promoted"
    assert "**Promotion.**" in str(champion().description)
    client().delete_registered_model_alias(MODEL, "champion")
    edit("reports/summary.json", "pca", "roc_auc", to=1.0)  # on test images, which are not used
    publish.main()
    assert aliases()["champion"] == "vanilla"


def test_a_named_variant_can_be_the_first() -> None:
    client().delete_registered_model_alias(MODEL, "champion")
    assert promote.main("pca", dry_run=False) == 0
    assert aliases()["champion"] == "pca"


def test_publishing_never_moves_the_champion() -> None:
    before = champion().version
    retrain("pca", BETTER)
    retrain("vanilla", WORSE)
    publish.main()
    assert champion().version == before
    assert aliases()["pca"] == "pca"


def test_a_better_challenger_is_promoted_with_its_reasons() -> None:
    before = champion().version
    retrain("pca", BETTER)
    assert promote.main(None, dry_run=False) == 0
    found = champion()
    assert found.tags["variant"] == "pca"
    assert found.tags["hourglass.decision"] == "promoted"
    assert found.tags["hourglass.previous"] == found.tags["hourglass.against"] == str(before)
    assert found.tags["hourglass.difference"].startswith("+0.")
    assert found.tags["hourglass.margin"] == "0.005"
    assert len(found.tags["hourglass.validation"]) == 64
    assert "pca is better than the champion" in str(found.description)
    assert str(found.description).count("**Promotion.**") == 1


@pytest.mark.parametrize("quality", [WORSE, BEFORE, BEFORE + 0.03], ids=["worse", "equal", "within the margin"])
def test_a_challenger_that_is_not_better_is_refused(quality: float, capsys: pytest.CaptureFixture[str]) -> None:
    before = champion().version
    retrain("pca", quality)
    assert promote.main("pca", dry_run=False) == 1
    assert champion().version == before
    assert "pca does not replace the champion" in capsys.readouterr().out
    version = client().get_model_version_by_alias(MODEL, "pca")
    assert version.tags["hourglass.decision"] == "refused"
    assert "hourglass.previous" not in version.tags


def test_a_named_variant_replaces_its_own_equal_version() -> None:
    """As after `hourglass threshold --apply`: all scores stay, and the threshold is another."""
    before = champion().version
    retrain("vanilla", BEFORE)
    published_again("vanilla", threshold=0.7)
    assert promote.main("vanilla", dry_run=True) == 0
    assert champion().version == before
    assert promote.main("vanilla", dry_run=False) == 0
    found = champion()
    assert found.version != before
    assert found.tags["hourglass.difference"] == "+0.0000 [+0.0000, +0.0000]"
    assert found.tags["hourglass.previous"] == str(before)
    assert "hourglass.margin" not in found.tags
    assert "vanilla is not shown to be worse than the champion" in str(found.description)
    assert "it is the same variant, asked for by name, so the upper end must be at least -0.0001" in str(
        found.description
    )
    promote.roll_back(dry_run=False)
    assert champion().version == before


def test_a_named_variant_does_not_replace_a_better_version(capsys: pytest.CaptureFixture[str]) -> None:
    retrain("vanilla", BETTER)
    promote.main("vanilla", dry_run=False)
    before = champion().version
    retrain("vanilla", WORSE)
    assert promote.main("vanilla", dry_run=False) == 1
    assert champion().version == before
    assert "vanilla does not replace the champion" in capsys.readouterr().out


def test_without_a_name_an_equal_version_stays_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    before = champion().version
    published_again("vanilla", threshold=0.7)
    assert promote.main(None, dry_run=False) == 1
    assert champion().version == before
    assert capsys.readouterr().out.splitlines()[-1] == (
        "`hourglass promote vanilla` replaces a version of the same variant unless it is worse"
    )


def test_another_variant_must_be_better_also_by_name() -> None:
    before = champion().version
    retrain("pca", BEFORE)
    assert promote.main("pca", dry_run=False) == 1
    assert champion().version == before


def test_a_challenger_that_fails_acceptance_is_refused() -> None:
    before = champion().version
    retrain("pca", BETTER)
    accept("pca", passed=False)
    with pytest.raises(HourglassError, match="pca does not pass acceptance"):
        promote.main("pca", dry_run=False)
    assert promote.main(None, dry_run=False) == 0  # the best accepted one is the champion already
    assert champion().version == before


def test_promoting_twice_changes_nothing_more(capsys: pytest.CaptureFixture[str]) -> None:
    retrain("pca", BETTER)
    promote.main(None, dry_run=False)
    before = everything()
    assert promote.main(None, dry_run=False) == 0
    assert "pca is the champion already" in capsys.readouterr().out
    assert everything() == before


def test_two_promotions_at_once_leave_one_champion() -> None:
    before = champion().version
    retrain("pca", BETTER)
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=promote.main, args=(None,), kwargs={"dry_run": False}) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join(120)
    assert [child.exitcode for child in children] == [0, 0]
    assert aliases()["champion"] == "pca"
    assert champion().tags["hourglass.previous"] == str(before)
    assert len(state.versions()) == 3


@pytest.mark.parametrize("order", [("pca", "vanilla"), ("vanilla", "pca")], ids=["best first", "best last"])
def test_two_challengers_at_once_leave_one_champion(order: tuple[str, str]) -> None:
    retrain("pca", BETTER)
    retrain("vanilla", GOOD)
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=promote.main, args=(name,), kwargs={"dry_run": False}) for name in order]
    for child in children:
        child.start()
    for child in children:
        child.join(120)
    assert [child.exitcode for child in children] == [0, 0]  # a refusal is no error
    assert aliases()["champion"] == "pca"
    former = client().get_model_version(MODEL, champion().tags["hourglass.previous"])
    assert (former.tags["variant"], former.tags["hourglass.decision"]) == ("vanilla", "promoted")


def test_a_promotion_from_elsewhere_meanwhile_is_not_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    client().set_registered_model_alias(MODEL, "champion", client().get_model_version_by_alias(MODEL, "pca").version)
    retrain("vanilla", BETTER)
    other = client().get_model_version_by_alias(MODEL, "vanilla").version

    def move(*_: object) -> None:
        client().set_registered_model_alias(MODEL, "champion", other)

    monkeypatch.setattr(champions, "note", move)
    with pytest.raises(HourglassError, match="meanwhile"):
        promote.main("vanilla", dry_run=False)
    assert champion().version == other


def test_a_decision_against_another_champion_is_not_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    retrain("pca", WORSE)
    publish.main()
    other = client().get_model_version_by_alias(MODEL, "pca")

    def move(*parts: object) -> object:
        client().set_registered_model_alias(MODEL, "champion", other.version)
        return state.served_scores(*parts)  # type: ignore[arg-type]

    monkeypatch.setattr(rescore, "scores", move)
    with pytest.raises(HourglassError, match="meanwhile"):
        promote.main("pca", dry_run=False)
    assert "hourglass.decision" not in champion().tags


STEPS = pytest.mark.parametrize("at", ["set_model_version_tag", "update_model_version", "set_registered_model_alias"])


@STEPS
@pytest.mark.parametrize("how", [die, refuse])
def test_an_interrupted_promotion_leaves_the_champion(
    monkeypatch: pytest.MonkeyPatch, how: Callable[..., NoReturn], at: str
) -> None:
    retrain("pca", BETTER)
    publish.main()
    before = champion().version
    with monkeypatch.context() as patch:
        patch.setattr(f"mlflow.MlflowClient.{at}", how)
        if how is die:
            assert in_child(lambda: promote.main(None, dry_run=False)) == -signal.SIGKILL
        else:
            with pytest.raises(HourglassError, match="run `hourglass promote` again"):
                promote.main(None, dry_run=False)
    assert champion().version == before
    assert client().get_model_version_by_alias(MODEL, "pca").tags.get("hourglass.decision") in (None, "decided")
    assert promote.main(None, dry_run=False) == 0
    assert champion().tags["hourglass.previous"] == str(before)
    assert champion().tags["hourglass.decision"] == "promoted"


def test_a_promotion_that_stops_after_the_alias_is_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    retrain("pca", BETTER)
    publish.main()
    before = champion().version
    move = MlflowClient.set_registered_model_alias

    def move_and_stop(*arguments: Any) -> None:
        move(*arguments)
        refuse()

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "set_registered_model_alias", move_and_stop)
        with pytest.raises(HourglassError, match="run `hourglass promote` again"):
            promote.main(None, dry_run=False)
    assert aliases()["champion"] == "pca"
    assert promote.main(None, dry_run=False) == 0
    assert champion().tags["hourglass.decision"] == "promoted"
    assert champion().tags["hourglass.previous"] == str(before)


def test_rollback_serves_the_champion_before() -> None:
    before = champion().version
    retrain("pca", BETTER)
    promote.main(None, dry_run=False)
    after = champion().version
    promote.roll_back(dry_run=True)
    assert champion().version == after
    promote.roll_back(dry_run=False)
    assert champion().version == before
    assert client().get_model_version(MODEL, str(after)).tags["hourglass.decision"] == "rolled back"
    with pytest.raises(HourglassError, match="replaced no champion"):
        promote.roll_back(dry_run=False)
    publish.main()
    assert champion().version == before


@STEPS
@pytest.mark.parametrize("how", [die, refuse])
def test_an_interrupted_rollback_leaves_the_champion(
    monkeypatch: pytest.MonkeyPatch, how: Callable[..., NoReturn], at: str
) -> None:
    before = champion().version
    retrain("pca", BETTER)
    promote.main(None, dry_run=False)
    after = champion().version
    with monkeypatch.context() as patch:
        patch.setattr(f"mlflow.MlflowClient.{at}", how)
        if how is die:
            assert in_child(lambda: promote.roll_back(dry_run=False)) == -signal.SIGKILL
        else:
            with pytest.raises(HourglassError, match="run `hourglass promote --rollback` again"):
                promote.roll_back(dry_run=False)
    assert champion().version == after
    promote.roll_back(dry_run=False)
    assert champion().version == before
    assert str(champion().description).count("restored in place of") == 1


@pytest.mark.parametrize("calls", [0, 2], ids=["before it is noted", "while it is noted"])
def test_a_rollback_undoes_no_promotion_from_elsewhere(monkeypatch: pytest.MonkeyPatch, calls: int) -> None:
    retrain("pca", BETTER)
    promote.main(None, dry_run=False)
    present, earlier = champions.previous(client(), MODEL)
    retrain("vanilla", WORSE)
    publish.main()
    other = client().get_model_version_by_alias(MODEL, "vanilla").version
    noted: list[object] = []

    def move(*_: object) -> None:
        noted.append(_)
        client().set_registered_model_alias(MODEL, "champion", other)

    monkeypatch.setattr(champions, "note", move)
    if not calls:
        client().set_registered_model_alias(MODEL, "champion", other)
    with pytest.raises(HourglassError, match="meanwhile"):
        champions.roll_back(client(), MODEL, present, earlier)
    assert len(noted) == calls
    assert champion().version == other


def test_rollback_keeps_why_both_were_champion() -> None:
    retrain("pca", BETTER)
    promote.main(None, dry_run=False)
    after = champion().version
    promote.roll_back(dry_run=False)
    assert champion().tags["hourglass.decision"] == "restored"
    assert "vanilla is the first champion" in str(champion().description)
    assert f"restored in place of version {after} (pca)" in str(champion().description)
    left = client().get_model_version(MODEL, str(after))
    assert "pca is better than the champion" in str(left.description)
    assert "rolled back to version" in str(left.description)
    assert left.tags["hourglass.difference"].startswith("+0.")


def test_a_refusal_keeps_why_a_version_was_champion() -> None:
    retrain("pca", GOOD)
    promote.main("pca", dry_run=False)
    kept = champion()
    retrain("vanilla", BETTER)
    promote.main("vanilla", dry_run=False)
    assert promote.main("pca", dry_run=False) == 1
    found = client().get_model_version(MODEL, str(kept.version))
    assert found.tags == kept.tags
    assert "pca is better than the champion" in str(found.description)
    assert "pca does not replace the champion" in str(found.description)
    promote.roll_back(dry_run=False)
    promote.roll_back(dry_run=False)
    assert aliases()["champion"] == "vanilla"


def test_a_first_champion_has_no_earlier_one() -> None:
    retrain("pca", BETTER)
    promote.main("pca", dry_run=False)
    client().delete_registered_model_alias(MODEL, "champion")
    promote.main("pca", dry_run=False)
    left = {"hourglass.decision", "hourglass.validation"}
    assert {name for name in champion().tags if name in NAMES} == left
    with pytest.raises(HourglassError, match="replaced no champion"):
        promote.roll_back(dry_run=False)


def test_only_the_last_decisions_are_described() -> None:
    version = champion()
    for number in range(20):
        champions.note(client(), champion(), {}, f"decision {number}.")
    champions.note(client(), champion(), {}, "decision 19.")
    text = str(champion().description)
    assert text.startswith(str(version.description).partition("**Promotion.**")[0])
    assert text.count("**Promotion.**") == text.count(": decision 1") == 5


def test_a_champion_registered_again_keeps_its_record() -> None:
    retrain("pca", BETTER)
    promote.main("pca", dry_run=False)
    before = champion()
    client().delete_run(str(before.run_id))
    publish.main()
    after = champion()
    assert after.version != before.version
    assert {name: after.tags.get(name) for name in NAMES} == {name: before.tags.get(name) for name in NAMES}
    assert str(after.description).count("pca is better than the champion") == 1


def test_rollback_finds_a_champion_registered_again() -> None:
    before = champion()
    retrain("pca", BETTER)
    promote.main("pca", dry_run=False)
    client().delete_run(str(before.run_id))
    publish.main()
    promote.roll_back(dry_run=False)
    assert aliases()["champion"] == "vanilla"
    assert champion().version != before.version


def test_rollback_to_a_deleted_version_is_refused() -> None:
    before = champion().version
    retrain("pca", BETTER)
    promote.main(None, dry_run=False)
    after = champion().version
    retrain("vanilla", BETTER)
    publish.main()
    client().delete_model_version(MODEL, str(before))
    with pytest.raises(HourglassError, match=f"version {before}, the champion before, is gone"):
        promote.roll_back(dry_run=False)
    assert champion().version == after


def test_dry_run_says_the_decision_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    retrain("pca", BETTER)
    before = everything()
    assert promote.main(None, dry_run=True) == 0
    assert "dry run: pca is better than the champion, version" in capsys.readouterr().out
    assert promote.main("vanilla", dry_run=True) == 0
    assert everything() == before


def test_dry_run_makes_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/none.db")
    assert promote.main(None, dry_run=True) == 0
    assert not (tmp_path / "none.db").exists()


def test_a_raised_threshold_leaves_what_is_served() -> None:
    before = state.numbers()
    for variant in ("pca", "vanilla"):
        accept(variant, passed=False)
    publish.main()
    assert state.numbers() == before
    assert champion().tags["hourglass.accepted"] == "false"
    with pytest.raises(HourglassError, match="no variant passes acceptance"):
        promote.main(None, dry_run=False)


def test_a_champion_below_a_raised_threshold_is_named(edit: Edit) -> None:
    assert promote.complaint() is None
    retrain("vanilla", BETTER)
    edit("reports/metrics/detect/vanilla.json", "roc_auc", to=0.99)
    publish.main()  # the champion is the version before, whose ROC-AUC is 0.9
    assert promote.complaint() is None
    edit("params.yaml", "accept", "detectors", "min", to=0.95)
    complaint = promote.complaint()
    assert complaint
    assert f"version {champion().version} (vanilla), which is served, does not meet detectors" in complaint


def test_a_champion_without_a_criterion_is_named(edit: Edit) -> None:
    edit("params.yaml", "accept", "detectors", "variant", to="pca")
    assert "has no acceptance criterion" in str(promote.complaint())


def lose_metrics() -> None:
    run = client().get_run(str(champion().run_id))
    (Path(unquote(urlsplit(run.info.artifact_uri).path)) / "metrics.json").unlink()


def lose_model() -> None:
    experiment = client().get_run(str(champion().run_id)).info.experiment_id
    for model in client().search_logged_models([experiment]):
        if model.source_run_id == champion().run_id:
            shutil.rmtree(unquote(urlsplit(model.artifact_location).path))


def lose_part_of_model() -> None:
    experiment = client().get_run(str(champion().run_id)).info.experiment_id
    for model in client().search_logged_models([experiment]):
        if model.source_run_id == champion().run_id:
            folder = Path(unquote(urlsplit(model.artifact_location).path))
            (folder / "detector.safetensors").write_bytes(b"half")


@pytest.mark.parametrize("lose", [lose_metrics, lose_model, lose_part_of_model])
def test_a_lost_champion_is_named(lose: Callable[[], None]) -> None:
    retrain("pca", BETTER)
    promote.main("pca", dry_run=False)  # the artifacts of the first champion are shared by all tests
    assert promote.complaint() is None
    lose()
    complaint = str(promote.complaint())
    assert complaint.startswith(f"CHAMPION LOST: version {champion().version} (pca), which is served, has no")


def test_a_server_that_stops_answering_is_no_lost_champion(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("get_run", "get_registered_model"):
        monkeypatch.setattr(f"mlflow.MlflowClient.{name}", refuse)
    monkeypatch.setattr(champions, "current", lambda *_: state.versions()[0])
    with pytest.raises(HourglassError, match="the server is gone"):
        promote.complaint()


def test_no_champion_is_no_complaint() -> None:
    client().delete_registered_model_alias(MODEL, "champion")
    assert promote.complaint() is None


def test_an_unknown_variant_names_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"no variant 'vanila' in params.yaml; did you mean vanilla"):
        promote.main("vanila", dry_run=False)


def test_missing_validation_metrics_are_named(edit: Edit) -> None:
    edit("reports/summary.json", "pca", to={"roc_auc": 0.8})
    with pytest.raises(HourglassError, match="no ROC-AUC on validation images; run `hourglass repro`"):
        promote.main("pca", dry_run=False)


def test_scores_of_other_images_are_refused() -> None:
    retrain("pca", BETTER)
    file = Path("reports/scores/pca.csv")
    file.write_text("\n".join(file.read_text().splitlines()[:-1]) + "\n")
    with pytest.raises(HourglassError, match=r"pca.csv does not hold the scores of all.*; run `hourglass repro`"):
        promote.main("pca", dry_run=False)


def test_a_champion_that_cannot_score_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> NoReturn:
        raise RuntimeError("No such artifact")

    monkeypatch.setattr(rescore, "scores", fail)
    retrain("pca", BETTER)
    with pytest.raises(HourglassError, match=r"No such artifact.*delete the alias champion"):
        promote.main("pca", dry_run=False)
    client().delete_registered_model_alias(MODEL, "champion")
    assert promote.main("pca", dry_run=False) == 0
