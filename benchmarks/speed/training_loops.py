"""Training loops on the same images: ours, those of PyOD and pythae, and plain ones in PyTorch.

Our networks have GELU where those of PyOD and pythae have ReLU. PyOD's has one behind the latent code too, and pythae's
ends in a sigmoid. The others learn with Adam at 0.001: PyOD's own rate, and ten times pythae's, which would learn too
little. Each function here prepares a loop, images converted to what it takes; calling the result trains.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from tempfile import TemporaryDirectory
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from hourglass.data.imageset import ImageSet, to_unit
from hourglass.models.autoencoder import Autoencoder
from hourglass.models.build import build
from hourglass.training.fit import fit
from hourglass.training.recipe import Recipe

BATCH = 256
RATE = 0.001

# Float32 images (N, C, H, W) in [0, 1] -> their reconstructions.
Reconstruct = Callable[[Tensor], Tensor]
# Trains, and returns how the network reconstructs images.
Run = Callable[[], Reconstruct]


@dataclass(frozen=True)
class Job:
    """A network as we train it, the images, and the seed.

    validation: images that a loop may choose its best epoch by, and that it is measured on.
    """

    recipe: Recipe
    images: ImageSet
    validation: ImageSet
    seed: int

    @property
    def epochs(self) -> int:
        """Passes over the images."""
        return self.recipe.schedule.epochs

    def build(self) -> Autoencoder:
        """Our network, before training."""
        return build(self.recipe.module, self.recipe.network, self.images.image_shape, self.seed)


def floats(images: ImageSet) -> Tensor:
    """All images as float32 (N, C, H, W) in [0, 1]."""
    return torch.from_numpy(to_unit(images[:]))


def ours(job: Job) -> Run:
    """The project's loop, which measures the validation images after each epoch."""
    model = job.build()

    def run() -> Reconstruct:
        fit(model, job.images, job.validation, job.recipe.schedule, job.seed)
        return model.reconstruct

    return run


def dataloader(job: Job) -> Run:
    """The loop of most tutorials, on our own network: a shuffling DataLoader over float images."""
    model = job.build().train()
    batches = DataLoader(TensorDataset(floats(job.images)), BATCH, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), RATE)

    def run() -> Reconstruct:
        for _ in range(job.epochs):
            for (x,) in batches:
                optimizer.zero_grad()
                F.mse_loss(model.reconstruct(x), x).backward()
                optimizer.step()
        return model.reconstruct

    return run


def bare(job: Job) -> Run:
    """Nothing but the training step, on our own network: how fast a loop can be.

    Images are floats in memory already; nothing is clipped, scheduled, checked or validated.
    """
    model, images = job.build().train(), floats(job.images)
    optimizer = torch.optim.Adam(model.parameters(), RATE, fused=True)

    def run() -> Reconstruct:
        for _ in range(job.epochs):
            for rows in torch.randperm(len(images)).split(BATCH):
                x = images[rows]
                optimizer.zero_grad()
                F.mse_loss(model.reconstruct(x), x).backward()
                optimizer.step()
        return model.reconstruct

    return run


def pyod_detector(job: Job, **settings: object) -> Any:
    """PyOD's AutoEncoder of the job's widths, at its defaults but for `settings`; pixels are not standardised."""
    network = job.recipe.network
    return import_module("pyod.models.auto_encoder").AutoEncoder(
        hidden_neuron_list=[*network["hidden"], network["latent_dim"]],
        preprocessing=False,
        batch_size=BATCH,
        lr=RATE,
        epoch_num=job.epochs,
        random_state=job.seed,
        device=torch.device("cpu"),
        verbose=0,
        **settings,
    )


def pyod(job: Job, **settings: object) -> Run:
    """PyOD's `fit`, which scores the training images at the end; at its defaults but for `settings`."""
    detector = pyod_detector(job, **settings)
    flat = floats(job.images).flatten(1).numpy()

    def run() -> Reconstruct:
        detector.fit(flat)
        detector.model.eval()
        return lambda x: detector.model(x.flatten(1)).view_as(x)

    return run


def pythae_model(job: Job, kind: str) -> Any:
    """Pythae's model `kind` with its default network, whose hidden layers have 512 units; cross-entropy if a VAE."""
    models = import_module("pythae.models")
    settings = {"reconstruction_loss": "bce"} if kind == "VAE" else {}
    config = getattr(models, f"{kind}Config")
    latent_dim = job.recipe.network["latent_dim"]
    return getattr(models, kind)(config(input_dim=job.images.image_shape, latent_dim=latent_dim, **settings))


def pythae(job: Job, kind: str) -> Run:
    """The `train` of pythae's trainer, given the same validation images as ours."""
    model, trainers = pythae_model(job, kind), import_module("pythae.trainers")
    dataset = import_module("pythae.data.datasets").BaseDataset
    data = [dataset(floats(images), torch.zeros(len(images))) for images in (job.images, job.validation)]
    config = trainers.BaseTrainerConfig(
        per_device_train_batch_size=BATCH,
        per_device_eval_batch_size=BATCH,
        num_epochs=job.epochs,
        learning_rate=RATE,
        seed=job.seed,
        no_cuda=True,
    )
    trainer = trainers.BaseTrainer(model, *data, training_config=config)

    def run() -> Reconstruct:
        with TemporaryDirectory() as config.output_dir:  # for its best model
            trainer.train()
        model.eval()
        return lambda x: model.decoder(model.encoder(x).embedding).reconstruction

    return run
