import re
from typing import Any

import pytest

from hourglass.core.errors import SettingsError
from hourglass.core.params import check
from hourglass.training.settings import TrainSettings, VariantSettings, entry

TRAIN = TrainSettings(epochs=8, batch_size=64, learning_rate=0.01, weight_decay=0.0)
NORMAL = TrainSettings(epochs=20, batch_size=32, learning_rate=0.01, weight_decay=0.0)


def variant(**more: Any) -> VariantSettings:
    return check("variants.x", {"module": "vae"} | more, VariantSettings)


def test_only_epochs_have_no_default() -> None:
    assert check("train", {"epochs": 3}, TrainSettings).model_dump() == {
        "epochs": 3,
        "batch_size": 128,
        "learning_rate": 0.005,
        "weight_decay": 0.01,
        "gradient_clip": 5.0,
    }
    with pytest.raises(SettingsError, match=r"params\.yaml: train\.epochs: missing; it has no default"):
        check("train", {}, TrainSettings)


def test_a_variant_without_overrides_trains_as_the_sections_say() -> None:
    assert variant().schedule("x", TRAIN) == TRAIN
    assert variant().normal_schedule("x", NORMAL) == NORMAL


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"train": {"epochs": 3}}, (3, 64, 3, 32)),
        ({"train_normal": {"epochs": 3}}, (8, 64, 3, 32)),
        ({"train": {"epochs": 3, "batch_size": 7}, "train_normal": {"epochs": 5}}, (3, 7, 5, 7)),
    ],
    ids=["both", "normal", "normal over both"],
)
def test_train_overrides_both_sections(own: dict[str, Any], expected: tuple[int, ...]) -> None:
    """`train_normal` overrides the second section only, and what `train` has set there."""
    schedules = (variant(**own).schedule("x", TRAIN), variant(**own).normal_schedule("x", NORMAL))
    assert tuple(value for schedule in schedules for value in (schedule.epochs, schedule.batch_size)) == expected
    assert {schedule.learning_rate for schedule in schedules} == {0.01}


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
        variant(**{key: own}).normal_schedule("x", NORMAL)


def test_a_module_s_own_settings_are_what_remains() -> None:
    settings = variant(latent_dim=3, hidden=[4], train={"epochs": 2}, train_normal={"epochs": 1})
    assert settings.module == "vae"
    assert settings.network == {"latent_dim": 3, "hidden": [4]}


def test_an_unknown_variant_names_the_nearest() -> None:
    variants = {"vae": variant(), "vae_2d": variant(latent_dim=2), "pca": variant()}
    assert entry(variants, "vae_2d") is variants["vae_2d"]
    with pytest.raises(SettingsError, match=r"params\.yaml: variants\.vea: unknown variant; did you mean vae\?"):
        entry(variants, "vea")
