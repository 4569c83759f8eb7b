"""Where results lie on disk. The only file that spells a path of the pipeline's inputs and outputs."""

from pathlib import Path

RAW = Path("data/raw")
PREPARED = Path("data/prepared")
MODELS = Path("models")
REPORTS = Path("reports")
# Digests of the user's own image files: spares reading them again.
DIGESTS = Path("data/digests.csv")

METRICS = REPORTS / "metrics"
ACCEPTANCE = REPORTS / "acceptance.json"
CLAIMS = REPORTS / "claims.json"
DATA = REPORTS / "data.json"
SUMMARY = REPORTS / "summary.json"
FILE_SIZES = REPORTS / "file_sizes.json"
CURVES = REPORTS / "curves"
FIGURES = REPORTS / "figures"
PAGE = REPORTS / "index.html"
# Networks that the page computes with.
LIVE = REPORTS / "live"
LIVE_INDEX = LIVE / "index.json"
LIVE_DETECTOR = LIVE / "detector.json"
RESULTS_TABLE = REPORTS / "results.md"
REFERENCE_CLASSIFIER = MODELS / "reference_classifier.safetensors"
REFERENCE_METRICS = METRICS / "judge.json"
BOTTLENECK_METRICS = METRICS / "bottleneck.json"

# Neither DVC outputs nor in git: durations and logs differ from run to run.
TIMINGS = REPORTS / "timings"
LOGS = REPORTS / "logs"
# What MLflow was last given from here; on another machine, or by another user, that is something else.
PUBLISHED = TIMINGS / "published.json"

# Results of the benchmark, a pipeline of its own.
BENCHMARK = Path("benchmarks/results/detection.json")
# Standard deviations of metrics over trainings, measured by a pipeline of its own.
SPREAD = Path("benchmarks/results/spread.json")
# Seconds of every stage when a rebuild was last measured; in git, so that a fresh clone can tell how long one takes.
REBUILD_BENCHMARK = Path("benchmarks/results/speed/rebuild.json")


def split(name: str) -> Path:
    """Folder of the prepared image set `train`, `validation` or `test`."""
    return PREPARED / name


def model(variant: str, images: str) -> Path:
    """Weights of a variant trained on `all` classes or on the `normal` one."""
    return MODELS / variant / f"{images}.safetensors"


def detector(variant: str) -> Path:
    """A variant's anomaly detector."""
    return MODELS / variant / "detector.safetensors"


def history(variant: str, images: str) -> Path:
    """Training history of `model(variant, images)`, a row per epoch."""
    return REPORTS / "history" / variant / f"{images}.csv"


def metrics(kind: str, name: str) -> Path:
    """Metrics of kind `evaluate` or `detect` of a variant, or of a control."""
    return METRICS / kind / f"{name}.json"


def examples(variant: str) -> Path:
    """Arrays that the report draws: reconstructions, samples, latent codes."""
    return REPORTS / "examples" / f"{variant}.npz"


def experiment_examples(name: str) -> Path:
    """Arrays of an experiment that the report draws."""
    return REPORTS / "examples" / "experiments" / f"{name}.npz"


def live(variant: str) -> Path:
    """A network that the report's page computes with."""
    return LIVE / "networks" / f"{variant}.json"


def maps(variant: str) -> Path:
    """Anomaly maps of a few test images and of synthetic defects."""
    return REPORTS / "maps" / f"{variant}.npz"


def scores(variant: str) -> Path:
    """Anomaly scores: columns split, class, score."""
    return REPORTS / "scores" / f"{variant}.csv"


def roc(variant: str) -> Path:
    """ROC curve: columns false_positive_rate, true_positive_rate."""
    return REPORTS / "roc" / f"{variant}.csv"


def sweep(name: str) -> Path:
    """Metrics of one kind of autoencoder at each size of the latent code."""
    return REPORTS / "sweep" / f"{name}.json"


def timing(stage: str) -> Path:
    """Seconds and peak memory that `stage` (`train@vae`) took when it last ran here."""
    return TIMINGS / f"{stage.replace('@', '-')}.json"


def experiment_timing(name: str) -> Path:
    """CPU time of an experiment's parts when it last ran here."""
    return TIMINGS / "experiments" / f"{name}.json"


def log(stage: str) -> Path:
    """What `stage` printed when it last ran here; a stage of another pipeline has that file's path in its name."""
    return LOGS / f"{stage.replace('/', '-')}.log"
