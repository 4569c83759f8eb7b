"""Train the reference classifier, by whose features generated images are compared with real ones."""

from hourglass.core import device, layout, params
from hourglass.core.errors import HourglassError
from hourglass.core.files import write_json
from hourglass.core.metrics import to_json
from hourglass.core.params import Common
from hourglass.data.imageset import open_splits
from hourglass.evaluation import reference_classifier
from hourglass.training.fit import fit
from hourglass.training.settings import TrainSettings

# With fewer validation images chance decides which epoch is best, and a classifier that learns all training images by
# heart looks like one that diverged. Then training images decide: its features are compared, not its accuracy.
FEWEST = 100


class Params(Common):
    """What the stage reads of params.yaml."""

    reference_classifier: TrainSettings


def main() -> None:
    settings = params.read(Params)
    train, validation, test = open_splits("train", "validation", "test")
    classifier = reference_classifier.untrained(train.image_shape, len(train.classes), settings.seed)
    classifier.to(device.find(settings.device))
    deciding = validation if len(validation) >= FEWEST else train
    try:
        fit(classifier, train, deciding, settings.reference_classifier, settings.seed)
    except HourglassError as error:
        # Classes that look alike cannot be learned; nothing but comparisons by its features depends on them.
        classifier.failure = str(error)
    reference_classifier.save(classifier, layout.REFERENCE_CLASSIFIER)
    metrics = reference_classifier.measure(classifier, train, test, settings.seed)
    write_json(layout.REFERENCE_METRICS, to_json(metrics))
