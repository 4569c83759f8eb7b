"""Apply every measure that fits a network. The files in measures/ are the measures: there is no list to edit."""

from typing import Any, Protocol, cast

from hourglass.core import registry
from hourglass.core.errors import HourglassError
from hourglass.core.metrics import to_json
from hourglass.evaluation.context import Context, Examples
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import untrained

MEASURES = "evaluation/measures"


class Measure(Protocol):
    """What a file in measures/ has. Its name is where its metrics stand in the metrics file.

    A file may also have `untrained`, which takes and returns what `metrics` does, for the network as it was before
    training. It has the few metrics that the report compares, which stand under `untrained`.
    """

    def applies(self, model: Autoencoder) -> bool:
        """Whether the measure fits the network; `metrics` and `examples` get no other."""

    def metrics(self, model: Autoencoder, context: Context) -> Any:
        """A frozen dataclass of numbers, estimates, texts, and further dataclasses or mappings of these."""

    def examples(self, model: Autoencoder, context: Context) -> Examples:
        """Arrays for the report, by names that no other measure uses; may be empty."""


def measures() -> dict[str, Measure]:
    """Every measure by name.

    Raises:
        HourglassError: a file lacks something that a measure has.
    """
    return {name: _find(name) for name in registry.names(MEASURES)}


def _find(name: str) -> Measure:
    module = registry.load(MEASURES, name)
    lacking = [part for part in ("applies", "metrics", "examples") if not hasattr(module, part)]
    if lacking:
        raise HourglassError(f"{MEASURES}/{name}.py does not define {', '.join(lacking)}")
    return cast(Measure, module)


def evaluate(model: Autoencoder, context: Context) -> tuple[dict[str, Any], Examples]:
    """Measure a network by every measure that applies to it.

    Returns:
        The content of its metrics file, and the examples that the report shows.
    """
    applicable = {name: measure for name, measure in measures().items() if measure.applies(model)}
    before = untrained(model, context.seed)
    content: dict[str, Any] = {
        "parameters": sum(value.numel() for value in model.state_dict().values()),
        "latent_dim": model.latent_dim,
        "conditional": model.conditional,
        "untrained": {
            name: to_json(measure.untrained(before, context))
            for name, measure in applicable.items()
            if hasattr(measure, "untrained")
        },
    }
    examples: dict[str, Any] = {}
    for name, measure in applicable.items():
        content[name] = to_json(measure.metrics(model, context))
        examples |= measure.examples(model, context)
    return content, examples
