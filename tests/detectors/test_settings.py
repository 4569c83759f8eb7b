from typing import Any

import pytest

from hourglass.core.errors import SettingsError
from hourglass.core.params import check
from hourglass.detectors.settings import DetectSettings


def test_a_variant_has_the_common_scorers_or_its_own_instead() -> None:
    settings = check("detect", {"scorers": ["pixel", "window"], "own": {"vae": ["elbo"]}}, DetectSettings)
    assert settings.scorers_of("pca") == ["pixel", "window"]
    assert settings.scorers_of("vae") == ["elbo"]
    assert check("detect", {"scorers": None, "own": {"vae": ["elbo"]}}, DetectSettings).scorers_of("pca") is None
    assert settings.false_alarm_rate == 0.05


def test_a_detector_has_one_network_unless_more_are_set() -> None:
    settings = check("detect", {"scorers": None, "members": {"vae": 3}}, DetectSettings)
    assert (settings.members_of("pca"), settings.members_of("vae")) == (1, 3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "detect.scorers: missing; it has no default"),
        ({"scorers": []}, "detect.scorers: list should have at least 1 item"),
        ({"scorers": "pixel"}, "detect.scorers: input should be a valid list, got 'pixel'"),
        ({"scorers": ["pixel", 3]}, "detect.scorers.1: input should be a valid string, got 3"),
        ({"scorers": ["pixel"], "own": {"vae": []}}, "detect.own.vae: list should have at least 1 item"),
        ({"scorers": ["pixel"], "scorer": ["pixel"]}, "detect.scorer: unknown setting; did you mean scorers?"),
        ({"scorers": ["pixel"], "false_alarm_rate": 0.0}, "detect.false_alarm_rate: input should be greater than 0"),
        ({"scorers": ["pixel"], "false_alarm_rate": 1.0}, "detect.false_alarm_rate: input should be less than 1"),
        ({"scorers": ["pixel"], "false_alarm_rate": "5%"}, "detect.false_alarm_rate: input should be a valid number"),
    ],
)
def test_a_wrong_setting_is_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check("detect", values, DetectSettings)
    assert str(caught.value).startswith(f"params.yaml: {message}")
    assert "\n" not in str(caught.value)
