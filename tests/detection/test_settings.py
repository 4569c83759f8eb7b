from typing import Any

import pytest

from hourglass.core.errors import SettingsError
from hourglass.core.params import check
from hourglass.detection.settings import DetectSettings

BASE = {"candidates": ["pixel"], "false_positive_rate": 0.05}


def test_own_scorers_replace_those_of_the_section() -> None:
    own = {"vae": {"scorers": ["elbo"]}, "tied": {"networks": 2}}
    settings = check("detect", {**BASE, "scorers": ["pixel", "knn"], "variants": own}, DetectSettings)
    assert settings.of("pca").scorers == settings.of("tied").scorers == ["pixel", "knn"]
    assert settings.of("vae").scorers == ["elbo"]
    assert check("detect", {**BASE, "variants": own}, DetectSettings).of("pca").scorers is None


def test_defaults_are_one_network_and_calibration() -> None:
    plan = check("detect", BASE, DetectSettings).of("pca")
    assert (plan.scorers, plan.networks, plan.threshold, plan.false_positive_rate) == (None, 1, "calibration", 0.05)


def test_a_plan_has_all_settings_of_its_variant() -> None:
    own = {"vae": {"networks": 3, "threshold": "cross_conformal", "selection": "defects"}}
    values = {"variants": own, "candidates": ["pixel", "elbo"], "false_positive_rate": 0.1}
    settings = check("detect", values, DetectSettings)
    plan = settings.of("vae")
    assert (plan.networks, plan.threshold, plan.selection) == (3, "cross_conformal", "defects")
    other = settings.of("pca")
    assert (other.networks, other.threshold, other.selection) == (1, "calibration", "rotations")
    for found in (plan, settings.of("pca")):
        assert (found.candidates, found.false_positive_rate) == (["pixel", "elbo"], 0.1)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"scorers": []}, "detect.scorers: list should have at least 1 item"),
        ({"candidates": []}, "detect.candidates: list should have at least 1 item"),
        ({"scorers": "pixel"}, "detect.scorers: input should be a valid list, got 'pixel'"),
        ({"scorers": ["pixel", 3]}, "detect.scorers.1: input should be a valid string, got 3"),
        ({"variants": {"vae": {"scorers": []}}}, "detect.variants.vae.scorers: list should have at least 1 item"),
        ({"variants": {"vae": {"network": 2}}}, "detect.variants.vae.network: unknown setting; did you mean networks?"),
        ({"variants": {"vae": {"networks": 0}}}, "detect.variants.vae.networks: input should be greater than 0, got 0"),
        (
            {"variants": {"vae": {"threshold": "halves"}}},
            "detect.variants.vae.threshold: input should be 'calibration' or 'cross_conformal', got 'halves'",
        ),
        ({"scorer": ["pixel"]}, "detect.scorer: unknown setting; did you mean scorers?"),
        ({"false_positive_rate": 0.0}, "detect.false_positive_rate: input should be greater than 0"),
        ({"false_positive_rate": 1.0}, "detect.false_positive_rate: input should be less than 1"),
        ({"false_positive_rate": "5%"}, "detect.false_positive_rate: input should be a valid number"),
    ],
)
def test_a_wrong_setting_is_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check("detect", {**BASE, **values}, DetectSettings)
    assert str(caught.value).startswith(f"params.yaml: {message}")
    assert "\n" not in str(caught.value)
