"""Which scorers tell turned images from normal ones, over all classes of the dataset: the rule of detectors/choice.py.

    python -m benchmarks.scorers

Networks that are trained on turned images cannot be asked, since those are no strangers to them. A plain network is
asked in their place, with each class in turn as the normal one, and what it answers on average is what params.yaml
states for them.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from benchmarks.protocol import task
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.stage import attempt
from hourglass.data import arrays
from hourglass.detectors import choice, registry
from hourglass.detectors.fitting import fit
from hourglass.detectors.settings import DetectSettings
from hourglass.training.normal import networks

OUT = Path("benchmarks/results/scorers.json")

VARIANT = "undercomplete"


def main() -> None:
    """Write one file: sets of scorers, the best first, and what they reach, averaged over the classes."""
    common, rate = params.common(), params.section("detect", DetectSettings).false_alarm_rate
    torch.set_num_threads(common.threads)
    found = []
    for normal in range(len(arrays.describe().classes)):
        given = task(normal, 0.0, common.seed)
        (network,) = networks(VARIANT, [common.seed], given.train, given.held_out, normal)
        names = registry.applicable(type(network[0]))
        every = fit([network], names, given.train, given.held_out, normal, rate)
        found.append(choice.separations(every, given.held_out))
    means = {chosen: float(np.mean([row[chosen] for row in found])) for chosen in found[0]}
    ranked = sorted(means, key=lambda chosen: -means[chosen])
    write_json(OUT, {" ".join(chosen): means[chosen] for chosen in ranked})


if __name__ == "__main__":
    sys.exit(attempt(main))
