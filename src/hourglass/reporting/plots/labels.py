"""Every text that stands in a picture, apart from names of variants, scorers, classes and libraries; in English."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Labels:
    """The texts; `language.say` says them in the language of the report."""

    # Metrics, controls and rankings, in several pictures
    roc_auc: str = "ROC-AUC"
    knn_accuracy: str = "kNN accuracy"
    validation_mse: str = "validation MSE"
    psnr: str = "PSNR (dB)"
    ssim: str = "SSIM"
    mean_image: str = "mean image"
    raw_pixels: str = "raw pixels"
    best: str = "best"
    median: str = "median"
    worst: str = "worst"

    # ROC curves and histogram of scores
    false_positive_rate: str = "false-positive rate"
    true_positive_rate: str = "true-positive rate"
    chance: str = "chance"
    anomaly_score: str = "anomaly score"
    density: str = "density"
    normal: str = "normal class"
    anomalous: str = "other classes"
    threshold: str = "threshold"

    # Training history
    all_classes: str = "all classes"
    normal_class_only: str = "normal class only"
    training: str = "training"
    validation: str = "validation"
    epoch: str = "epoch (0: untrained network)"
    loss: str = "loss per image"

    # Latent codes and codebook
    latent_dimension: str = "latent dimension {number}"
    t_sne: str = "t-SNE of latent codes"
    codebook_entry: str = "codebook entry, most used first"
    usage: str = "share of latent positions"
    uniform_usage: str = "uniform usage"

    # Metrics against something that varies
    labels_per_class: str = "labelled images per class"
    probe_accuracy: str = "accuracy of a linear classifier"
    with_labels: str = "with {count} labels per class"
    corruption_level: str = "corruption level"
    model: str = "model"
    latent_dimensions: str = "latent dimensions"
    dashed: str = "dashed"

    # Comparison with controls
    trained: str = "trained"
    beaten: str = "trained, does not beat a control"
    untrained: str = "untrained (◁: further left)"

    # Fréchet distance
    frechet_distance: str = "Fréchet distance to test images"
    from_prior: str = "latent codes from the prior"
    from_gaussian: str = "from a fitted Gaussian"
    from_mixture: str = "from a fitted Gaussian mixture"
    real_images: str = "real training images"

    # Compression
    bytes_per_image: str = "bytes per image"
    pareto_optimal: str = "latent code, Pareto-optimal"
    latent_code: str = "latent code"
    webp: str = "WebP of at least this PSNR"
    webp_tiled: str = "WebP, all images tiled into one"
    png: str = "PNG (lossless)"

    # Images and anomaly maps
    original: str = "original"
    corrupted: str = "input"
    prior: str = "prior"
    gaussian: str = "Gaussian"
    image: str = "image"
    anomaly_map: str = "anomaly map"
    defect: str = "defect"
    # Kinds of synthetic defects, in the order in which they are drawn
    defects: Mapping[str, str] = field(
        default_factory=lambda: {"patch": "patch", "scratch": "scratch", "stain": "stain"}
    )

    # Scorers and benchmark
    detector: str = "detector"
    t_shirt: str = "T-shirt"
    ten_class_mean: str = "ten-class mean"
    ours: str = "ours"
    documented_settings: str = "baseline, documented settings"
    default_settings: str = "baseline, default settings"
    contamination: str = "share of anomalies among training images"
    mean_roc_auc: str = "ROC-AUC, ten-class mean"

    # Experiments
    gradient_steps: str = "gradient steps"
    squared_error: str = "squared error per pixel"
    ordered_dimension: str = "latent dimension, largest KL first"
    kl_nats: str = "KL (nats)"
    beta: str = "weight {beta}"


LABELS = Labels()
