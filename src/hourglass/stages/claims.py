"""Decide each claim of the lectures by the metrics on disk."""

from collections.abc import Mapping
from dataclasses import asdict

from pydantic import JsonValue

from hourglass.claims import ledger
from hourglass.claims.decide import counts, decide
from hourglass.claims.results import Results
from hourglass.core import layout, params
from hourglass.core.files import write_json
from hourglass.core.params import Settings


class Params(Settings):
    """What the stage reads of params.yaml: names of variants and experiments."""

    experiments: Mapping[str, Mapping[str, JsonValue]]
    variants: Mapping[str, Mapping[str, JsonValue]]


def main() -> None:
    settings, claims = params.read(Params), ledger.read()
    decisions = decide(claims, Results(settings.variants, settings.experiments))
    content = {
        "lectures": claims.lectures,
        "verdicts": counts(decisions),
        "claims": [asdict(decision) for decision in decisions],
    }
    write_json(layout.CLAIMS, content)
    print(", ".join(f"{count} {verdict}" for verdict, count in counts(decisions).items()), flush=True)
