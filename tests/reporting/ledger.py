"""Made-up content of reports/claims.json."""

from typing import Any

FIGURE = {"name": "deep", "of": "plain", "metric": "detect.roc_auc", "value": 0.91, "low": 0.9, "high": 0.92}
NUMBER = {"name": "size", "of": "plain", "metric": "evaluate.parameters", "value": 1234, "low": 1234, "high": 1234}
CLAIM: dict[str, Any] = {
    "id": "deep",
    "lecture": "one",
    "where": "Start",
    "kind": "exercise",
    "claim": "Depth pays.",
    "verdict": "holds in part",
    "figures": [FIGURE | {"decimals": 3}, NUMBER | {"decimals": 0}],
    "comparisons": [
        {"rule": "deep > 0.8", "outcome": "shown", "without_interval": []},
        {"rule": "size < 9", "outcome": "unclear", "without_interval": ["size"]},
    ],
    "missing": [],
    "see": "plain",
    "note": "Accuracies.",
    "because": "Not always.",
}
OTHER = CLAIM | {"id": "wide", "lecture": "two", "kind": "claim", "claim": "Width pays.", "verdict": "not measured"}
OTHER |= {
    "figures": [],
    "comparisons": [],
    "missing": ["params.yaml has no variant vae"],
    "see": "vae",
    "note": None,
    "because": None,
}
CLAIMS: dict[str, Any] = {
    "lectures": {"one": "Lecture one", "two": "Lecture two"},
    "verdicts": {"holds": 0, "holds in part": 1, "not shown": 0, "does not hold here": 0, "not measured": 1},
    "claims": [CLAIM, CLAIM | {"id": "deeper", "claim": "More depth pays more."}, OTHER],
}
