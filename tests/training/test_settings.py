import re
from pathlib import Path
from typing import Any

import pytest

from hourglass.core.errors import SettingsError
from hourglass.core.files import write_json
from hourglass.training.settings import TrainSettings, schedule

ALL = {"epochs": 8, "batch_size": 64, "learning_rate": 0.01, "weight_decay": 0.0, "gradient_clip": 5.0}
NORMAL = {**ALL, "epochs": 20, "batch_size": 32}


@pytest.fixture(autouse=True)
def sections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_json(Path("params.yaml"), {"train": ALL, "train_normal": NORMAL})  # JSON is YAML


def test_a_variant_that_says_nothing_is_trained_as_the_section_says() -> None:
    assert schedule("x", {"module": "vae"}, "train") == TrainSettings.model_validate(ALL)
    assert schedule("x", {"module": "vae"}, "train_normal") == TrainSettings.model_validate(NORMAL)


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ({"train": {"epochs": 3}}, (3, 64, 3, 32)),
        ({"train_normal": {"epochs": 3}}, (8, 64, 3, 32)),
        ({"train": {"epochs": 3, "batch_size": 7}, "train_normal": {"epochs": 5}}, (3, 7, 5, 7)),
    ],
    ids=["both", "normal", "normal over both"],
)
def test_train_overrides_both_sections_and_train_normal_the_second_alone(
    variant: dict[str, Any], expected: tuple[int, ...]
) -> None:
    plans = (schedule("x", variant, "train"), schedule("x", variant, "train_normal"))
    assert tuple(value for plan in plans for value in (plan.epochs, plan.batch_size)) == expected
    assert {plan.learning_rate for plan in plans} == {0.01}


@pytest.mark.parametrize("key", ["train", "train_normal"])
@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"epohcs": 3}, ".epohcs: unknown setting; did you mean epochs?"),
        ({"epochs": 0}, ".epochs: input should be greater than 0, got 0"),
        (3, ": expected a mapping of settings, got 3"),
    ],
)
def test_a_wrong_override_is_named(key: str, own: object, message: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(f"params.yaml: variants.x.{key}{message}")):
        schedule("x", {key: own}, "train_normal")
