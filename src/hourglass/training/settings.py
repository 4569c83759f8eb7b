"""The `train` and `train_normal` sections of params.yaml."""

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from hourglass.core.params import Settings


class TrainSettings(Settings):
    """How a network is trained.

    epochs: passes over the training images, fixed in advance.
    batch_size: images per gradient step.
    learning_rate: the peak of the one-cycle schedule.
    weight_decay: AdamW's decoupled weight decay.
    """

    epochs: PositiveInt
    batch_size: PositiveInt
    learning_rate: PositiveFloat
    weight_decay: NonNegativeFloat
