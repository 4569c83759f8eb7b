from hourglass.reporting.verdicts import Trial, points, words

FORM = "{:.2f}".format


def test_who_does_not_beat_a_common_control_is_named_with_the_figure() -> None:
    trials = [Trial("a", 0.7, 0.8), Trial("b", 0.9, 0.8), Trial("even", 0.8, 0.8)]
    assert words(trials, "the mean (0.80)", FORM) == ["Not better than the mean (0.80): a 0.70, even 0.80."]


def test_controls_that_differ_are_named_one_by_one() -> None:
    trials = [Trial("a", 0.7, 0.8), Trial("b", 0.9, 0.5)]
    assert words(trials, "its untrained self", FORM) == ["Not better than its untrained self: a 0.70 against 0.80."]


def test_a_lead_smaller_than_the_interval_is_called_so() -> None:
    trials = [Trial("clear", 0.9, 0.8, 0.85), Trial("close", 0.82, 0.8, 0.79)]
    assert words(trials, "it", FORM) == ["Better than it, but within the 95% interval: close."]


def test_silence_would_hide_that_all_is_well() -> None:
    assert words([Trial("a", 0.9, 0.8, 0.85)], "it", FORM) == ["Every variant beats it."]


def test_shares_are_compared_in_points() -> None:
    assert points(0.853, 0.828) == "2.5 points above"
    assert points(0.818, 0.828) == "1.0 points below"
