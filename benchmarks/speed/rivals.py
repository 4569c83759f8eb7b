"""Our training loop against those of other libraries: the same network, images, batch and epochs, in turns.

Ours trains the project's dense autoencoders at the settings of params.yaml. The others' networks have the same layers,
with ReLU where ours have GELU; PyOD's has one behind the code too, and pythae's ends in a sigmoid. PyOD's takes part
twice: as it comes, with batch norm and dropout between the layers, and with nothing but the layers (`pyod_layers`); its
standardised pixels are switched off, so that errors compare. They learn with Adam at 0.001: PyOD's own rate, and ten
times pythae's, which would learn too little. Clocked is what a caller waits for: of ours `fit` (which measures the
validation images after each epoch), of PyOD `fit` (which scores the training images at the end), of pythae its
trainer's `train` (given the same validation images). Images are converted to what a library takes before the clock
starts. All of it is done twice: with the threads that the pipeline gives a stage, and with as many as there are cores,
which is what the other libraries do by default.
"""

import logging
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.protocol import T_SHIRT, task
from hourglass.core import params
from hourglass.core.files import write_json
from hourglass.core.machine import cores
from hourglass.core.stage import attempt
from hourglass.data import arrays
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.training.fit import Examples, fit
from hourglass.training.settings import TrainSettings, schedule
from hourglass.training.tensors import Tensors

OUT = Path("benchmarks/results/speed/rivals.json")

BATCH = 256
RATE = 0.001
REPEATS = 7

# Float32 images (N, C, H, W) in [0, 1] -> their reconstructions.
Rebuild = Callable[[Tensor], Tensor]
# Trains, and returns what the network makes of images.
Run = Callable[[], Rebuild]


@dataclass(frozen=True)
class Job:
    """A network, as an entry of params.yaml would name it, how we train it, and on which images, uint8 (N, C, H, W)."""

    network: Mapping[str, Any]
    plan: TrainSettings
    images: NDArray[np.uint8]
    held_out: NDArray[np.uint8]
    seed: int

    def build(self) -> Autoencoder:
        """Our network, before training."""
        return build(self.network, self.images.shape[1:], self.seed)

    def floats(self, images: NDArray[np.uint8]) -> Tensor:
        """Images as float32 in [0, 1]."""
        return torch.from_numpy(images).float().div_(255)


def ours(job: Job) -> Run:
    """The project's training loop."""
    model = job.build()
    training, validation = (Examples(Tensors(images), None) for images in (job.images, job.held_out))

    def run() -> Rebuild:
        fit(model, training, validation, job.plan, job.seed)
        return model.reconstruct

    return run


def loader(job: Job) -> Run:
    """What most tutorials do: a shuffling DataLoader over float images, on our own network."""
    model = job.build().train()
    batches = DataLoader(TensorDataset(job.floats(job.images)), BATCH, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), RATE)

    def run() -> Rebuild:
        for _ in range(job.plan.epochs):
            for (x,) in batches:
                optimizer.zero_grad()
                F.mse_loss(model.reconstruct(x), x).backward()
                optimizer.step()
        return model.reconstruct

    return run


def bare(job: Job) -> Run:
    """Nothing but the training step, on our network: how much faster than others another loop of ours could be.

    Images are floats in memory already, nothing is clipped, scheduled, looked at or validated.
    """
    model, images = job.build().train(), job.floats(job.images)
    optimizer = torch.optim.Adam(model.parameters(), RATE, fused=True)

    def run() -> Rebuild:
        for _ in range(job.plan.epochs):
            for rows in torch.randperm(len(images)).split(BATCH):
                x = images[rows]
                optimizer.zero_grad()
                F.mse_loss(model.reconstruct(x), x).backward()
                optimizer.step()
        return model.reconstruct

    return run


def pyod_detector(job: Job, **settings: object) -> Any:
    """PyOD's AutoEncoder of the job's widths, at its defaults but for `settings`."""
    return import_module("pyod.models.auto_encoder").AutoEncoder(
        hidden_neuron_list=[*job.network["hidden"], job.network["latent_dim"]],
        preprocessing=False,
        batch_size=BATCH,
        lr=RATE,
        epoch_num=job.plan.epochs,
        random_state=job.seed,
        device=torch.device("cpu"),
        verbose=0,
        **settings,
    )


def pyod(job: Job, **settings: object) -> Run:
    """PyOD's AutoEncoder, at its defaults but for `settings`."""
    detector = pyod_detector(job, **settings)
    flat = job.floats(job.images).flatten(1).numpy()

    def run() -> Rebuild:
        detector.fit(flat)
        detector.model.eval()
        return lambda x: detector.model(x.flatten(1)).view_as(x)

    return run


def pythae_model(job: Job, kind: str) -> Any:
    """Pythae's model `kind` with its default network, whose hidden layers have 512 units; cross-entropy if a VAE."""
    models = import_module("pythae.models")
    settings = {"reconstruction_loss": "bce"} if kind == "VAE" else {}
    config = getattr(models, f"{kind}Config")
    return getattr(models, kind)(
        config(input_dim=job.images.shape[1:], latent_dim=job.network["latent_dim"], **settings)
    )


def pythae(job: Job, kind: str) -> Run:
    """Pythae's trainer."""
    model, trainers = pythae_model(job, kind), import_module("pythae.trainers")
    dataset = import_module("pythae.data.datasets").BaseDataset
    data = [dataset(job.floats(images), torch.zeros(len(images))) for images in (job.images, job.held_out)]
    config = trainers.BaseTrainerConfig(
        per_device_train_batch_size=BATCH,
        per_device_eval_batch_size=BATCH,
        num_epochs=job.plan.epochs,
        learning_rate=RATE,
        seed=job.seed,
        no_cuda=True,
    )
    trainer = trainers.BaseTrainer(model, *data, training_config=config)

    def run() -> Rebuild:
        with TemporaryDirectory() as config.output_dir:  # for its best model
            trainer.train()
        model.eval()
        return lambda x: model.decoder(model.encoder(x).embedding).reconstruction

    return run


def race(job: Job, contenders: Mapping[str, Callable[[Job], Run]]) -> dict[str, dict[str, list[float]]]:
    """Let the contenders train in turns, `REPEATS` times, after a brief training each that does not count.

    Returns:
        contender -> `images_per_second` in training and `mse` a pixel on the held-out images, of each repeat.
    """
    found: dict[str, dict[str, list[float]]] = {name: {"images_per_second": [], "mse": []} for name in contenders}
    held_out = job.floats(job.held_out)
    brief = replace(job, plan=job.plan.model_copy(update={"epochs": 1}))
    for turn, current in enumerate([brief, *[job] * REPEATS]):
        for name, contender in contenders.items():
            run = contender(current)
            # Ours asks torch for deterministic algorithms; nobody else needs to.
            torch.set_deterministic_debug_mode("default")
            # Of progress bars and the like, nothing on the terminal.
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                started = time.perf_counter()
                rebuild = run()
                seconds = time.perf_counter() - started
            if turn:
                with torch.inference_mode():
                    mse = F.mse_loss(rebuild(held_out), held_out).item()
                found[name]["images_per_second"].append(len(job.images) * job.plan.epochs / seconds)
                found[name]["mse"].append(mse)
    return found


def plan(variant: str, section: Any, epochs: int) -> TrainSettings:
    """How params.yaml trains `variant`, but for batch and epochs."""
    settings = schedule(variant, params.variant(variant), section)
    return settings.model_copy(update={"batch_size": BATCH, "epochs": epochs})


def jobs(seed: int) -> dict[str, Job]:
    """The networks that are compared.

    `detector` is PyOD's default widths, on T-shirts; `ae` and `vae` are pythae's, on all classes.
    """
    shirts = task(T_SHIRT, 0.0, seed)
    # Whole batches: PyOD drops a last one that is not.
    whole = len(shirts.train) // BATCH * BATCH
    training, validation = (arrays.load(part).images for part in ("train", "validation"))
    some, held_out = training[: 80 * BATCH], validation[: 8 * BATCH]
    narrow = {"module": "undercomplete", "hidden": [64], "latent_dim": 32}
    ae = {"module": "undercomplete", "hidden": [512], "latent_dim": 32}
    vae = {"module": "vae", "hidden": [512], "latent_dim": 32, "loss": "bce"}
    return {
        # As many epochs as PyOD has by default.
        "detector": Job(narrow, plan("undercomplete", "train_normal", 10), shirts.train[:whole], shirts.held_out, seed),
        "ae": Job(ae, plan("undercomplete", "train", 5), some, held_out, seed),
        "vae": Job(vae, plan("vae", "train", 5), some, held_out, seed),
    }


# PyOD's network without what it adds between the layers.
LAYERS: Mapping[str, Any] = {"batch_norm": False, "dropout_rate": 0}
# Job -> contenders; ours is one everywhere.
RACES: Mapping[str, Mapping[str, Callable[[Job], Run]]] = {
    "detector": {"ours": ours, "bare": bare, "pyod": pyod, "pyod_layers": partial(pyod, **LAYERS)},
    "ae": {"ours": ours, "bare_ae": bare, "pythae": partial(pythae, kind="AE"), "dataloader": loader},
    "vae": {"ours": ours, "pythae_vae": partial(pythae, kind="VAE")},
}


def main() -> None:
    """Write one file: number of threads -> job -> contender -> what was clocked."""
    logging.disable(logging.INFO)  # pythae tells of each epoch
    common = params.common()
    found: dict[int, Any] = {}
    for threads in sorted({common.threads, cores()}):
        torch.set_num_threads(threads)
        found[threads] = {}
        for name, job in jobs(common.seed).items():
            found[threads][name] = race(job, RACES[name])
            for contender, figures in found[threads][name].items():
                speed, error = (statistics.median(figures[key]) for key in ("images_per_second", "mse"))
                told = f"{threads} threads, {name}, {contender}"
                print(f"{told}: {speed:,.0f} images/s, error {error:.4f}", flush=True)
    write_json(OUT, found)


if __name__ == "__main__":
    sys.exit(attempt(main))
