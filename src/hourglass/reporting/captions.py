"""Every text of the report in English: introductions, captions, verdicts, claims, columns of tables, words of the page.

Format strings with named fields. `language.say` fills these in, and says the text in the language of the report; its
translations are in locale/. Words inside pictures are in plots/labels.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hourglass.reporting.language import Plural, say


@dataclass(frozen=True)
class Caption:
    """What a picture shows, for those who cannot see it, and what to look at."""

    alt: str
    text: str

    def said(self, **fields: object) -> "Caption":
        """The caption in the language of the report, with its fields filled in."""
        return Caption(say(self.alt, **fields), say(self.text, **fields))


@dataclass(frozen=True)
class Heading:
    """Title of a column, and what the column shows. fields: of both, filled in when they are said."""

    title: str
    hint: str = ""
    fields: tuple[tuple[str, object], ...] = ()

    def format(self, **fields: object) -> "Heading":
        """The same with fields."""
        return replace(self, fields=tuple(fields.items()))

    def said(self) -> tuple[str, str]:
        """Title and hint in the language of the report."""
        return say(self.title, **dict(self.fields)), say(self.hint, **dict(self.fields))


@dataclass(frozen=True)
class Wording:
    """Phrases that depend on what the images show."""

    lost_first: str
    recognisable: str
    halfway: str
    parts: str


CLOTHES = Wording(
    lost_first="prints, straps and laces",
    recognisable="Recognisable clothes",
    halfway="a piece of clothing",
    parts="strokes and parts of clothes",
)
NEUTRAL = Wording(
    lost_first="fine details",
    recognisable="Recognisable images",
    halfway="a clear image",
    parts="strokes and parts of images",
)


def wording(dataset: str) -> Wording:
    """The phrases for a data set."""
    return CLOTHES if dataset == "fashion_mnist" else NEUTRAL


# Instead of metrics that need more or other images.
NOT_MEASURED = "Not measured: {reason}."

# Comparisons with controls, in every section. `control` is one of the phrases below it.

NOT_BETTER = "Not better than {control}:"
WITHIN_INTERVAL = "Better than {control}, but not beyond the 95% intervals:"
ALL_BETTER = "{who} beats {control}."
EVERY_VARIANT = "Every variant"
EVERY_OTHER_VARIANT = "Every other variant"
VALUE = "{name} {value}"
# Between the ends of an interval, and between other numbers: a comma may be a sign of theirs.
INTERVAL = " [{low}, {high}]"
NUMBERS_AND = ", "
VALUE_AGAINST = "{name} {value} against {control}"
POINTS_ABOVE = "{points:.1f} points above"
POINTS_BELOW = "{points:.1f} points below"

MEAN_IMAGE_PSNR = "the mean image (PSNR {value:.1f})"
MEAN_IMAGE_ROC_AUC = "the mean image (ROC-AUC {value:.3f})"
MEAN_IMAGE_LOCALISATION = "the mean image at localising defects (pixel ROC-AUC {value:.3f})"
UNTRAINED_ROC_AUC = "its own untrained network (ROC-AUC)"
UNTRAINED_LOCALISATION = "its own untrained network at localising defects (pixel ROC-AUC)"
UNTRAINED_KNN = "its own untrained network (kNN accuracy)"
RAW_PIXELS_KNN = "raw pixels (kNN accuracy {value:.3f})"
BEST_CLASSICAL = "the best classical method at the corruption level of training (gain in dB)"

# Compress

COMPRESS = "Compress"
COMPRESS_INTRO = (
    "An autoencoder stores an image as a short latent code. The lower the error at the same number of latent "
    "dimensions, the better."
)
RECONSTRUCTIONS = Caption(
    "Originals and reconstructions",
    "Top row: the first test image of each class. Below: its reconstruction by each variant. Short codes lose "
    "{lost_first} first.",
)
RATE_DISTORTION = Caption(
    "Bytes per image against PSNR, beside WebP and PNG",
    "Latent codes are rounded and packed into bytes; the decoder is not counted. Each ring is the smallest WebP file "
    "with at least the PSNR of its dot. That file holds the image in full or in reduced size. A dot left of its ring "
    "needs fewer bytes. Left of the solid line, this is not only due to the header of WebP files.",
)
CODEBOOK_USE = (
    "The latent codes of {name} are as varied as {perplexity:.0f} equally frequent codebook entries (perplexity). "
    "Entries that no test image uses: {dead:,}."
)

# Restore

RESTORE = "Restore"
RESTORE_INTRO = (
    "Corrupted images are restored. The best classical method on the same images is the baseline to beat; the table "
    "lists all of them."
)
RESTORATIONS = Caption(
    "Originals, inputs and restorations",
    "For each variant: the input, and below it the restoration. Look for details that the model adds, right or wrong.",
)
CORRUPTION_LEVELS = Caption(
    "PSNR of each model and of classical methods at several levels of corruption",
    "Thick: the model. Thin: classical methods, tuned anew at each level. The vertical line is the level of training; "
    "at other levels the model has to generalise.",
)

# Organise

ORGANISE = "Organise"
ORGANISE_INTRO = (
    "Similar images should have similar latent codes. Only conditional variants see labels during training. kNN and a "
    "linear probe predict the class from the latent code."
)
LATENT_CODES = Caption(
    "Latent codes of every variant, coloured by class",
    "Each point is a test image. Colours that form groups are classes that the code separates without labels. Codes "
    "with more than two dimensions are laid out by t-SNE, which preserves neighbours. Sizes of groups, and distances "
    "between them, mean nothing there.",
)
KNN_ACCURACY = Caption(
    "kNN accuracy of latent codes, trained and untrained, beside raw pixels",
    "Accuracy of predicting the class from the ten nearest latent codes. Training helped where a dot lies right of the "
    "dashed line and of its own hollow dot.",
)
PROBE_ACCURACY = Caption(
    "Accuracy of a linear classifier on latent codes, by the number of labelled images",
    "The same classifier on latent codes and on raw pixels (dashed). Above the dashed line, fewer labelled images are "
    "needed, because the code was learned from unlabelled ones.",
)
CONDITIONAL = "Conditional variants receive the class, so they are neither compared nor marked as best:"
BEST_CODE_WITHIN = " Its 95% interval overlaps those of:"
BEST_CODE = "Best latent code: {name}, kNN accuracy {value:.3f}, {points} raw pixels."

# Generate

GENERATE = "Generate"
GENERATE_INTRO = (
    "New images are decoded from random latent codes. A variational model draws them from its prior. A plain "
    "autoencoder has no prior; a Gaussian fitted to its latent codes takes that place."
)
SAMPLES = Caption(
    "Samples of every variant, by Fréchet distance",
    "Generated images, the variant closest to real images first. {recognisable} mean that the latent space has no gaps "
    "where codes are drawn. Conditional variants generate one class after the other.",
)
SAMPLES_UNRANKED = Caption(
    "Samples of every variant",
    "Generated images. {recognisable} mean that the latent space has no gaps where codes are drawn.",
)
FRECHET = Caption(
    "Fréchet distance between generated and real images",
    "Distance between generated and test images in the features of the reference classifier. Further left is better; "
    "the dashed line shows real training images. It depends on where codes come from: the prior of the model, or a "
    "Gaussian or a mixture of ten fitted afterwards.",
)
INTERPOLATIONS = Caption(
    "Interpolations through the latent space, by a plain and by a variational autoencoder",
    "From one image to another through the latent space, by a plain and a variational autoencoder of similar size. "
    "Halfway there should be {halfway}, not two faint images on top of each other.",
)
MANIFOLDS = Caption(
    "Decoded images over the latent plane",
    "Two-dimensional latent spaces, decoded point by point. Classes form regions. Blurred borders show where the code "
    "is ambiguous.",
)
PRIOR_CLOSER = (
    "The prior of {prior} is closer to real images than a Gaussian fitted to the latent codes of {plain}. {distances}"
)
PRIOR_NOT_CLEARLY_CLOSER = (
    "The prior of {prior} is not clearly closer to real images than a Gaussian fitted to codes of {plain}. {distances}"
)
PRIOR_NOT_CLOSER = (
    "The prior of {prior} is not closer to real images than a Gaussian fitted to the latent codes of {plain}. "
    "{distances}"
)
DISTANCES = "Their Fréchet distances are {first:.1f} and {second:.1f}; the intervals {overlap}."
OVERLAP = "overlap"
NO_OVERLAP = "do not overlap"
MIXTURE_INSTEAD = (
    "With a mixture of Gaussians instead, {plain} reaches {mixture:.1f}; the intervals {overlap}. The gap of {gap:.1f} "
    "{change} {left:.1f}."
)
SHRINKS, GROWS, REVERSES = "shrinks to", "grows to", "reverses to"
MIXTURES_CLOSER = (
    "With a fitted mixture of Gaussians, these plain autoencoders are closer than the best prior, {best} (Fréchet "
    "distance {value:.1f}):"
)
NO_MIXTURE_CLOSER = (
    "No plain autoencoder with a fitted mixture of Gaussians beats the best prior, {best} (Fréchet distance "
    "{value:.1f})."
)
LIKELIHOOD_HINT = "{hint}; k = {samples} for up to 2,000 of {images} images, 1 for the others"

# Detect

DETECT = "Detect"
DETECT_INTRO = (
    "Detectors are trained on {normal} only, and score how unlike that class an image is. A score is a weighted mean "
    "of scorers. Those that are listed in params.yaml count the same. Others count the more, the better they separate "
    "altered images of {normal} from unaltered ones. Altered images are rotated, or have synthetic defects, as "
    "params.yaml says. So no anomalies are used. The distance to the mean image of the class is the control."
)
SYNTHETIC_ROC_AUC = "ROC-AUC on {kinds}"
SYNTHETIC = (
    "There are no anomalies among the test images. So ROC-AUC and related metrics are measured on {kinds}: patches, "
    "scratches and stains on normal test images. Detectors may do better or worse on real anomalies."
)
SYNTHETIC_VALIDATION = (
    "There are no anomalies among the validation images, so the champion is chosen by ROC-AUC on {kinds}."
)
DETECTION = Caption(
    "ROC-AUC of every detector, trained and untrained, beside the mean image",
    "Each detector with its 95% interval. Training helped where a dot lies right of the dashed line and of its own "
    "hollow dot.",
)
ROC = Caption(
    "ROC curves of every detector",
    "The closer a curve is to the top left corner, the more anomalies it finds at the same false-positive rate. Thin "
    "lines are the detectors in between. Rings are two points on the curve of the mean image.",
)
SCORERS = Caption(
    "ROC-AUC of every scorer on every variant, and of the detector of the variant",
    "Each scorer on its own: blue beats the mean image, orange does not. The frame marks the best scorer of a variant. "
    "The last column is its detector. Bold scorers weigh at least as much in it as the average candidate.",
)
BEST_ANOMALY_MAPS = Caption(
    "A test image of each class, with the anomaly map of {best}",
    "Where {best}, the detector with the highest ROC-AUC, reconstructs badly. Images of {normal} should "
    "stay without colour. In other classes, colour should mark parts that {normal} does not have, or that are missing.",
)
BEST_DEFECTS = Caption(
    "Normal images with synthetic defects, and the anomaly maps of {best}",
    "Images of {normal} with a defect, which is outlined. Colour inside the outline is right; colour outside is a "
    "false alarm of the map.",
)
HARDEST_CLASS = (
    "The class that is hardest to separate from {normal} is {other}. {best} has the highest ROC-AUC against all "
    "other classes. There it reaches {value:.3f}, the mean image {control:.3f}."
)
HARDEST_CLASS_LEADER = (
    " The detector with the highest ROC-AUC on {other} is {leader} ({value:.3f}); no interval was measured there."
)
BEST_SCORERS = Plural(
    "Best scorer on its own, of {count} variant:", "Best scorer on its own, counted over {count} variants:"
)
SCORER_COUNT = "{scorer} on {count}"
COMBINED = (
    "Combined detectors whose ROC-AUC is above that of each of their scorers, beyond the 95% intervals: {won} of "
    "{count}. Above, but not beyond them: {close}."
)
COMBINED_EXCEPT = " Not above:"
COMBINED_LOSER = "{name} {value:.3f} against {control:.3f} ({scorer})"
TOO_FEW_CALIBRATION = (
    "A false-positive rate of {target:.1%} needs at least {least} calibration images, and there are {count}. The "
    "threshold is the largest of their scores, which more normal images exceed:"
)
ON_TARGET = "Every false-positive rate is within {tolerance:g} points of the target of {target:.0%}."
OFF_TARGET = Plural(
    "{count:,} normal calibration image sets each threshold, unless it is cross-conformal. False-positive rates more "
    "than {tolerance:g} points from the target of {target:.0%}:",
    "{count:,} normal calibration images set each threshold, unless it is cross-conformal. False-positive rates more "
    "than {tolerance:g} points from the target of {target:.0%}:",
)
TARGET_HINT = "{hint}; the target is {target:g}"
RATE = "{name} {rate:.1%}"

CLASS_BY_CLASS = "Class by class"
CLASS_BY_CLASS_INTRO = "ROC-AUC of {normal} against one other class. The lowest column is the hardest class."

# The user's own images

DATA = "Data"
DATA_INTRO = (
    "Layout of the folder: {layout}. Split: {split}. Images are read as {width} x {height} pixels with {channels}."
)
DATA_SUMMARY = "{images:,} images of {name}; classes: {classes}; skipped files: {skipped:,}."
CHANNELS = {1: "one channel (grey)", 3: "three channels (colour)"}
DATA_SAMPLES = Caption("Images of every class", "The first images of each class, as the networks receive them.")
# Keys are those of the files of images.
SPLITS = {"train": "train", "validation": "validation", "test": "test"}
FILE_SIZES = "Sizes of the files: {sizes}. Aspect ratio: {fit}."
SEVERAL_SIZES = "{smallest} to {largest} pixels, {different:,} different ones"
ONE_SIZE = "{smallest} pixels"
FITS = {"pad": "kept, filled up with black", "stretch": "not kept"}
DUPLICATES = Plural(
    "Equal images: {images:,} in {count:,} group. They are:", "Equal images: {images:,} in {count:,} groups. The first:"
)
NO_DUPLICATES = "No two images are equal."
LEAKS = "Equal images in two splits, which makes test metrics too good: {groups:,}. The first:"
MASKS = "Masks of defects in ground_truth/: {count:,}."
SKIPPED = "Skipped files: {count:,}"
SKIPPED_INTRO = "Files that were not read, and why."
SKIPPED_MORE = " The first {rows} stand here; {file} has all."
COLUMN_REASON = Heading("reason")
COLUMN_SPLIT = Heading("{split} images")
CLASS, FILE = "class", "file"
# What the files have names for.
COLUMN_NAME = Heading("{name}")

# Benchmark. It runs on Fashion-MNIST only, whose class 0 are T-shirts.

BENCHMARK = "Benchmark"
BENCHMARK_INTRO = (
    "Our detectors beside baselines from scikit-learn and PyOD. Baselines run with their default settings, and with "
    "settings from papers or documentation. Each detector is trained on one class and has to find the others. "
    "T-shirts are the normal class first, then every class in turn."
)
METHOD_COMPARISON = Caption(
    "ROC-AUC of our detectors and of baselines, on T-shirts and over ten classes",
    "Further right is better. Bars are the standard deviation over seeds, where there are several and it is wider than "
    "the dot.",
)
CONTAMINATION = Caption(
    "ROC-AUC against the share of anomalies among the training images",
    "Anomalies are mixed into the training images. A method with a level line is robust against them. Each baseline is "
    "drawn with the settings that have the higher ten-class mean.",
)
CHAMPION = "chosen detector"
LIGHT = "light detector"
AGAINST_BASELINES = "The {role}, {name}, against the best baseline of each metric:"
AGAINST_BASELINE = "{metric} {value:.3f}, {points} {baseline} ({control:.3f})"
WITHOUT_STD = "{item}, without a standard deviation"
WITHIN_STD = "{item}, within the standard deviation"
BENCHMARK_METRICS = {
    "mean": "ten-class mean",
    "t_shirt": "T-shirts against all other classes",
    "t_shirt_vs_shirt": "T-shirts against shirts",
}
COST = (
    "The {role}, {name}, trains in {seconds:.1f} seconds per class and scores {rate:,.0f} images per second. The "
    "best baseline over ten classes, {baseline}, takes {baseline_seconds:.1f} seconds and scores {baseline_rate:,.0f} "
    "images per second."
)
COST_CORES = Plural(" Times are measured on {count} core.", " Times are measured on {count} cores.")
WEAKEST_CLASS = (
    "The normal class with the lowest ROC-AUC of {name} is {weakest}, with {value:.3f}. That is {points} the best "
    "baseline there, {baseline} ({control:.3f}), without a standard deviation."
)
FLAGGED = (
    "Thresholds are set for a false-positive rate of {target:.0%}. Over all classes and seeds, {name} flags {low:.1%} "
    "to {high:.1%} of normal images. It flags {low_detected:.1%} to {high_detected:.1%} of anomalies. "
)
FLAGGED_ON_TARGET = "No class is more than {tolerance:g} points from the target."
FLAGGED_OFF_TARGET = "More than {tolerance:g} points from the target, in percent for each seed:"
FLAGGED_CLASS = "{name} ({rates})"
CONTAMINATED = (
    "With {share:.0%} anomalies among the training images, {name} reaches a ten-class mean of {value:.3f}. That is "
    "{points} its result without them. The best baseline is then {baseline}, with {control:.3f}."
)

# How many latent dimensions?

BOTTLENECK = "How many latent dimensions?"
SIZE_SWEEP = Caption(
    "Error, kNN accuracy and ROC-AUC against the number of latent dimensions",
    "A line per kind of network. Bands are 95% intervals. Look for where a curve stops rising or turns down.",
)
BOTTLENECK_INTRO = (
    "What happens when the latent code is very large? The same networks are trained briefly at one size after another."
)
BEST_SIZES = {
    "validation_mse": "The error is lowest at {sizes} latent dimensions.",
    "knn_accuracy": "kNN accuracy is highest at {sizes}.",
    "roc_auc": "Detection is best at {sizes}.",
}
NO_BEST_SIZE = {
    "validation_mse": "No size has a clearly lower error than all others.",
    "knn_accuracy": "No size has a clearly higher kNN accuracy than all others.",
    "roc_auc": "No size is clearly better at detection than all others.",
}
LARGER_IS_WORSE = " Larger codes reconstruct everything better, and so they reconstruct anomalies better too."
SIZES_RANGE = "{low} to {high}"
BEST_OF_KIND = "Best of {name}:"
BEST_SIZE = "{metric} {value} at {size}"
BEST_SIZE_AGAINST_LARGEST = "{metric} {value} at {size} ({largest_value} at {largest}{within})"
WITHIN = "; the intervals overlap"
SWEEP_METRICS = {"validation_mse": "validation MSE", "knn_accuracy": "kNN accuracy", "roc_auc": "ROC-AUC"}
KNN_AT_TWO = "kNN accuracy at 2 latent dimensions, beside pca with {control:.3f}:"
KNN_AT_TWO_ITEM = "{name} {value:.3f}, {points}"

# Gallery of one variant

OWN_RECONSTRUCTIONS = Caption(
    "Originals and reconstructions",
    "Originals above, reconstructions below: what the latent code keeps of each class.",
)
OWN_RESTORATIONS = Caption(
    "Originals, inputs and restorations",
    "Originals, the inputs of the model, and its restorations.",
)
OWN_CORRUPTION_LEVELS = Caption(
    "PSNR and SSIM of the model and of classical methods at several levels of corruption",
    "Thick: the model. Thin: classical methods, tuned anew at each level. Dashed: the level of training.",
)
OWN_SAMPLES = Caption(
    "Images decoded from draws of {source}",
    "Generated images: latent codes drawn from {source}, then decoded.",
)
FROM_PRIOR = "the prior"
FROM_GAUSSIAN = "one Gaussian fitted to the latent codes, since there is no prior"
FROM_MIXTURE = "a mixture of Gaussians fitted to the latent codes"
OWN_INTERPOLATIONS = Caption(
    "Interpolations through the latent space",
    "From one image to another in equal steps through the latent space. Halfway there should be {halfway} too.",
)
OWN_MANIFOLD = Caption(
    "Decoded images over the latent plane",
    "The whole latent space, decoded point by point. Classes form regions.",
)
OWN_UNITS = Caption(
    "What each unit responds to",
    "What each of the {count} most used units responds to: {parts}, if the penalty makes units specialise.",
)
OWN_CODEBOOK = Caption(
    "Use of the codebook entries",
    "How often test images use each of the {count} codebook entries. A tail at zero is unused capacity.",
)
OWN_LATENT_CODES = Caption("Latent codes coloured by class", "{count:,} test images as points, {layout}. {groups}")
BY_CODE = "by their latent codes"
BY_TSNE = "laid out by t-SNE of the latent code, which preserves neighbours"
GROUPS = "Classes that form groups are separated without labels."
GROUPS_CONDITIONAL = "The encoder receives the class, so groups are no achievement."
OWN_SCORES = Caption(
    "Histogram of anomaly scores",
    "Scores of normal and of other test images; the less they overlap, the better. Hardest to separate from {normal} "
    "is {other} (ROC-AUC {value:.3f}).",
)
OWN_ANOMALY_MAPS = Caption(
    "A test image of each class, and its anomaly map",
    "Where reconstructions are off; scores may use more than that. Colour begins at {begins:g} times the usual error "
    "at a pixel, and is full at {full:g} times.",
)
OWN_DEFECTS = Caption(
    "Normal images with synthetic defects, and their anomaly maps",
    "The same for images with a defect, which is outlined. Its pixels are separated from the others with a ROC-AUC of "
    "{value:.3f}.",
)
OWN_MARKED = Caption(
    "Test images with marked defects, and their anomaly maps",
    "The first images of each class that has masks, marks outlined. Over all of them, marked pixels are separated from "
    "the others with a ROC-AUC of {pixel_roc_auc:.3f}; AUPRO {aupro:.3f}.",
)
OWN_TRAINING = Caption(
    "Training curves",
    "Loss per epoch. A validation curve that rises while the training curve falls would be overfitting. The best epoch "
    "is kept.",
)

# At a glance

GLANCE = "At a glance"
ALL_MET = Plural("The only criterion is met.", "All {count} criteria are met.")
NOT_MET = Plural("The only criterion is not met:", "{failed} of {count} criteria are not met:")
NOT_MET_ITEM = "{name} ({variant})"
STILL_SERVED = (
    "A champion of a variant that fails a criterion stays served until `hourglass promote` moves it; `make check` "
    "names it."
)
BEST = "best is {best}{controls}."
BEST_ITEM = "{name}, {metric} {value}{interval}"
BEST_WITHIN = " (not beyond the others' intervals and spread)"
BEST_AND = " and "
BEST_CONTROL = "; {name} {value}"

# Columns of tables

COLUMN_LATENT_DIM = Heading("latent dims", "size of the latent code")
COLUMN_PARAMETERS = Heading("parameters", "numbers that the model stores")
COLUMN_MSE = Heading("MSE", "squared error per pixel on test images")
COLUMN_VALIDATION_MSE = Heading("validation MSE", "on validation images")
COLUMN_PSNR = Heading("PSNR", "in dB, on test images")
COLUMN_SSIM = Heading("SSIM", "structural similarity")
COLUMN_BYTES = Heading("bytes", "latent code per image, rounded and packed")
COLUMN_WEBP_BYTES = Heading("WebP bytes", "smallest WebP file of at least this PSNR")
COLUMN_UNTRAINED = Heading("untrained {title}", "{title} of the network before training")

COLUMN_RESTORED_PSNR = Heading("PSNR", "in dB, of restored test images")
COLUMN_RESTORED_SSIM = Heading("SSIM", "structural similarity of restored test images")
COLUMN_INPUT_PSNR = Heading("input PSNR", "in dB, of the inputs of the model")
COLUMN_GAIN = Heading("gain", "in dB above the best classical method for the variant's own corruption")
COLUMN_CLASSICAL = Heading("classical methods, PSNR", "in dB, on the same images, best first")

COLUMN_KNN = Heading("kNN", "accuracy of the 10 nearest latent codes")
COLUMN_PROBE = Heading("probe", "linear classifier on latent codes")
COLUMN_DRAWN_PROBE = Heading(
    "probe, drawn", "linear classifier on latent codes drawn from the posterior, as the decoder receives them"
)
COLUMN_RESIDUAL_PROBE = Heading(
    "probe, residual",
    "linear classifier on drawn latent codes relative to the prior of their class, (z − mean) / std: what the latent "
    "code adds to the class",
)
COLUMN_PROBE_AT = Heading(
    "probe@{labels}", "linear classifier on latent codes, fitted on {labels:,} labelled images per class"
)
COLUMN_SILHOUETTE = Heading("silhouette", "separation of the classes, at most 1")
COLUMN_TRUSTWORTHINESS = Heading("trust", "whether neighbouring latent codes are neighbouring images, at most 1")

COLUMN_FRECHET = Heading(
    "Fréchet", "distance to test images, codes drawn from the prior or from a Gaussian fitted to latent codes"
)
COLUMN_FRECHET_MIXTURE = Heading(
    "Fréchet, mixture", "distance to test images, codes drawn from a mixture of Gaussians fitted to latent codes"
)
COLUMN_CLASS_ACCURACY = Heading(
    "class accuracy", "generated images in which the reference classifier recognises the intended class"
)
COLUMN_REALISM = Heading(
    "interpolation realism",
    "images halfway between two latent codes that lie among real images; blurred images can pass for real, so the row "
    "of real images is the reference",
)
COLUMN_LIKELIHOOD = Heading(
    "−log p(x) ≤",
    "in nats, on binarised test images, which models trained on grey images did not see in training (of conditional "
    "models −log p(x|y)); bound by importance samples",
)

COLUMN_ROC_AUC = Heading("ROC-AUC", "anomaly detection on test images")
COLUMN_AVERAGE_PRECISION = Heading("AP", "average precision")
COLUMN_FPR_AT_95 = Heading("FPR@95", "false-positive rate at a true-positive rate of 95%")
COLUMN_DETECTED = Heading("detected", "anomalies above the threshold")
COLUMN_FALSE_ALARMS = Heading("false alarms", "normal test images above the threshold")
COLUMN_LOCALISATION = Heading("localisation", "ROC-AUC of the pixels of anomaly maps")
COLUMN_PIXEL_ROC_AUC = Heading("pixel ROC-AUC", "of anomaly maps, on the defects that masks mark")
COLUMN_AUPRO = Heading("AUPRO", "per-region overlap up to a false-positive rate of 0.3, on the defects that masks mark")
COLUMN_SCORERS = Heading("scorers", "scorers that the detector combines, with their weights in percent")
COLUMN_NETWORKS = Heading("networks", "networks of the detector")
COLUMN_PERPLEXITY = Heading("perplexity", "number of equally frequent codebook entries")
COLUMN_DEAD_CODES = Heading("dead codes", "codebook entries that no test image uses")
COLUMN_ACTIVE_UNITS = Heading("active units", "units in use per image, mean over test images")
COLUMN_DEAD_UNITS = Heading("dead units", "units that no test image uses")

COLUMN_T_SHIRT = Heading("T-shirt", "ROC-AUC, T-shirts normal")
COLUMN_TEN_CLASS_MEAN = Heading("ten-class mean", "ROC-AUC, each class normal in turn")
COLUMN_T_SHIRT_VS_SHIRT = Heading("T-shirt vs Shirt", "ROC-AUC, T-shirts normal, shirts anomalies")
COLUMN_TRAINING = Heading("training, s", "on the images of one class")
COLUMN_SPEED = Heading("images/s", "scored")
COLUMN_CONTAMINATED = Heading(
    "{metric}{share:.0%} hidden", "{name}, with that share of anomalies among the training images"
)
# How the titles of columns about contaminated training images begin.
CONTAMINATED_METRICS = {"mean": "", "t_shirt": "T-shirt, ", "t_shirt_vs_shirt": "T-shirt vs Shirt, "}

# Groups of the metrics of one variant

GROUP_RECONSTRUCTION = "Reconstruction"
GROUP_RESTORATION = "Restoration"
GROUP_REPRESENTATION = "Representation"
GROUP_GENERATION = "Generation"
GROUP_CODEBOOK = "Codebook"
GROUP_SPARSITY = "Sparsity"
GROUP_DETECTION = "Detection"

# Rows of tables

REAL_IMAGES = "real images"
NO_NETWORK = "mean image; raw pixels for kNN"

# Sentences that earlier stages write into their results; `found.say_found` recognises them.

FOUND = (
    # How the folder of images was read, why files were skipped, and what is likely wrong (src/hourglass/data)
    "one folder of images, all of class normal",
    "class folders without a split",
    "MVTec's folders",
    "train/<class>/ and test/<class>/",
    "the list {name}, without a split",
    "the list {name}",
    "class folders without a split, in {folder}/",
    "MVTec's folders, in {folder}/",
    "train/<class>/ and test/<class>/, in {folder}/",
    "made here, by a hash of the pixels: one image in five for the test, one in five for validation",
    "as the folder says; one training image in five validates, by a hash of its pixels",
    "as the folder says",
    "Equal images in two classes: {count}, the first {first} and {second}.",
    "Nearly black images: {count}, the first {first}. They have no value above {dark} of 255. 16-bit values are "
    "divided by 257, so 12-bit values must be multiplied by 16 first.",
    "Masks without a mark: {count}, the first {first}. Where the defects of their images lie counts as unknown.",
    "hidden",
    "its name is not UTF-8",
    "a broken link",
    "a link to a folder that was read already",
    "not a regular file",
    "a mask without an image",
    "outside the folder of the list",
    "listed, but not there",
    "without a label",
    "class {label} is not in data.images.classes",
    "empty file",
    "not an image",
    "damaged: {error}",
    # What stands in for anomalies (src/hourglass/detection/anomalies.py)
    "synthetic defects",
    # Why something was not measured (src/hourglass/evaluation, src/hourglass/experiments)
    "the reference classifier learns features from at least two classes of images; there is {count}",
    "the reference classifier cannot tell the classes apart ({failure})",
    "a Fréchet distance takes {train_needed} training and {test_needed} test images; there are {train} and {test}",
    "classes are told apart where training and test images have at least two; they have {train} and {test}",
    "{count} training images are needed, and more test images than classes",
    "the other images would be MNIST's digits too",
    "the other images are MNIST's digits of {shape}; these are {own}",
    "images have {values} values, more than {most}",
    "more than {least} test images are needed; there are {count}",
    "{module} restores no images",
    # Why a claim has no metric (src/hourglass/claims/results.py)
    "params.yaml has no variant {name}",
    "params.yaml has no experiment {name}",
    "the sweep has no {name}",
    "{name} has no metric {metric}; did you mean {near}?",
    "{name} has no metric {metric}",
    # Why a network is not in the page (src/hourglass/live)
    "operation {name} with these settings",
    "operation {name}",
    "it returns nothing",
)

# The ledger: what the lectures claim, and the verdicts

LEDGER = "What the lectures claim"
LEDGER_INTRO = (
    "Each claim, exercise and question of the five lectures, and what the metrics say of it. A difference counts where "
    "the intervals of both metrics do not overlap; a metric without brackets has no interval and counts as exact. "
    "Verdicts follow from the rules beside the claims, in docs/claims.yaml. Those that contradict a lecture stay in, "
    "with the reason."
)
LEDGER_COLUMNS = ("lecture", "claim", "verdict", "measured")
LEDGER_ALL_LECTURES = "all lectures"
LEDGER_ALL_VERDICTS = "all verdicts"
LEDGER_LECTURE = "Lecture"
LEDGER_VERDICT = "Verdict"
LEDGER_SHOWN = "{count} of {total} claims"
LEDGER_COUNT = "{verdict}: {count}"
# Keys are those of reports/claims.json.
VERDICTS = {
    "holds": "holds",
    "holds in part": "holds in part",
    "not shown": "not shown",
    "does not hold here": "does not hold here",
    "not measured": "not measured",
}
KINDS = {"claim": "", "exercise": "exercise", "question": "question"}
OUTCOMES = {"shown": "shown", "unclear": "not beyond the intervals", "refuted": "not so"}
LEDGER_RULE = "{rule}: {outcome}"
LEDGER_WITHOUT_INTERVAL = " (no interval: {names})"
LEDGER_METRIC = "{of}: {metric}"
LEDGER_SEE = "see {place}"
LEDGER_NOT_MEASURED = "Not measured here: {reasons}."

# Experiments

EXPERIMENTS = "Experiments"
EXPERIMENTS_INTRO = (
    "What the lectures claim and no variant shows: small networks, trained a few times with different seeds. Intervals "
    "reach from the least to the greatest result."
)
EXPERIMENT_NOT_MEASURED = "{name} was not run: {reason}."
EXPERIMENT = "experiment"
EXPERIMENT_COLUMNS = ("metric", "mean", "least", "greatest")
EXPERIMENT_METRICS = "All metrics of the experiments"
EXPERIMENT_METRICS_INTRO = (
    "Mean, least and greatest over the trainings. The files in src/hourglass/experiments/ say what each metric is. A "
    "metric without least and greatest is the same for every training."
)
LOSS_SPEED = Caption(
    "Squared error against gradient steps, for cross-entropy and for squared error with and without a sigmoid",
    "One network, from the same first weights, trained with cross-entropy (bce) and squared error (mse). The lecture "
    "writes squared error after a sigmoid (mse_sigmoid). The error shown is always squared error.",
)
SHARPNESS = Caption(
    "Originals, and reconstructions by networks that were trained with three losses",
    "Top row: originals. Below: squared error, cross-entropy, and squared error with differences between neighbouring "
    "pixels (gradient). Look for edges.",
)
DATA_SPECIFIC = Caption(
    "Images of this data set, digits and noise, reconstructed by a network trained on each of the first two",
    "Originals, then reconstructions by the network trained on these images (own) and by the one trained on digits. "
    "Look at what each makes of images that it was not trained on.",
)
COLLAPSE = Caption(
    "KL of each latent dimension, largest first, by the weight of the KL term",
    "A dimension at zero tells the decoder nothing: it has collapsed onto the prior.",
)

# The live part of the page

LIVE = "Live"
LIVE_INTRO = (
    "These networks run in this page: drag, draw and choose. Nothing is loaded from elsewhere, and no image leaves it. "
    "What you choose is in the address, so a link shows the same to others; drawings, files and a sample's latent "
    "dimensions are not."
)
LIVE_PARTS = {
    "explore": (
        "Explore the latent plane",
        "Drag over a plane: the decoder draws what lies under the pointer. Dots and thumbnails are test images at "
        "their latent codes; a class button marks one class. Look between the codes: where is nothing recognisable "
        "decoded, and is it the same on every plane? A click chooses the nearest test image and its class.",
    ),
    "attempt": (
        "Try an image",
        "Choose a test image, draw one, or drop a file here. Every network whose encoder is in this page rebuilds it; "
        "errors are squared errors per pixel. {detector}",
    ),
    "generate": (
        "Generate",
        "Latent codes are drawn from the prior and decoded. Each slider moves one dimension of the noise. β is the "
        "weight of the KL term in training.",
    ),
    "denoise": (
        "Denoise",
        "Noise of any strength on the image chosen above, or hidden patches, restored by networks and by classical "
        "methods.",
    ),
    "threshold": (
        "Move the threshold",
        "Test scores of a detector. Left of the line an image passes as normal, right of it it is flagged. The line "
        "starts at the threshold that calibration images set.",
    ),
    "compare": ("Compare two variants", "Metrics with their intervals, and pictures, side by side."),
}
# Instead of the intro of "generate", where no network has a prior.
LIVE_BETWEEN = "Latent codes between those of two images are decoded."
LIVE_DETECTOR = "detector of {variant} ({scorers})"
LIVE_DETECTOR_USED = (
    "The detector of {variant} scores the image (scorer: {scorers}). It was trained on {normal} only. The "
    "threshold is set anew for the coarser weights here. So it differs a little from that in other sections."
)
LIVE_DETECTOR_BEATEN = " The detector with the highest ROC-AUC is that of {best}; this one takes less room."
LIVE_NO_DETECTOR = "No detector is small enough for this page."
LIVE_COST = "{rise:+.1%}"
LIVE_DETECTOR_COST = "ROC-AUC {value:.4f} ({full:.4f})"
LIVE_CHECK = "How exact is this?"
LIVE_CHECK_INTRO = (
    "Weights are whole numbers of few levels with a scale per row. The page runs every network on embedded "
    "examples, and compares with what PyTorch computed with the same weights. Differences are relative "
    "where a number is above 1."
)
LIVE_CHECK_COLUMNS = (
    "network",
    "parameters",
    "levels ±",
    "largest difference from PyTorch, same weights",
    "largest difference from the full weights",
    "rise of the validation error by coarse weights",
)
LIVE_LEFT_OUT = "These variants do not run in this page, because there is no room for more weights: {names}."
LIVE_UNSUPPORTED = "{name} is not in this page: {reason}."
# The scripts of the page fill in the fields.
LIVE_WORDS: Mapping[str, str | Plural] = {
    "again": "Draw again",
    "anomalous": "other classes",
    "anomaly": "Anomaly: its score of {score} is above the threshold of {threshold}. p = {p}: that share of normal "
    "images scores as high.",
    "anomalyMap": "anomaly map",
    "beta": "β",
    "between": "in between",
    "checking": Plural("checking {done} of {count} network", "checking {done} of {count} networks"),
    "classes": "Class",
    "clear": "Clear",
    "conditional": "{name} is given the class, β = {beta}. The row shows the same noise for every class.",
    "curveLabel": "ROC curve: at a false-positive rate of {fpr}, {tpr} of the anomalies are found",
    "decoded": "decoded",
    "denoiseNote": "Networks for this noise are trained at a strength of {level}.",
    "denoiseSettings": "Each classical method has the setting that is best for this very image, which favours it.",
    "denoiserAbsent": "Trained for this noise, but not in this page, because there is no room for more weights: "
    "{names}.",
    "detector": "Detector",
    "different": Plural(
        "{count} network differs from PyTorch by up to {difference}",
        "{count} networks differ from PyTorch by up to {difference}",
    ),
    "curve": "ROC curve: across the false-positive rate, up the true-positive rate.",
    "dimension": "dimension {number}",
    "dimensions": "Latent dimensions",
    "draw": "draw here",
    "drawLabel": "Square to draw on",
    "drawing": "your drawing",
    "error": "error {value}",
    "failed": "This control does not work in this browser.",
    "flagged": "flagged",
    "harmonic": "harmonic filling",
    "hidden": "{share} of the pixels hidden",
    "histogram": "Scores, to the right more anomalous. Blue: normal class. Orange: other classes. Grey: the "
    "chosen class. Each is scaled to its highest bar.",
    "histogramLabel": "Histogram of scores; at the threshold of {score}, {fpr} of normal and {tpr} of other images are "
    "flagged",
    "image": "image",
    "interpolate": "From one image to another",
    "interpolateIntro": "Choose A or B, then an image for it.",
    "invert": "invert (for dark things on a light ground)",
    "isFlagged": "flagged",
    "isPassed": "not flagged",
    "kind": "Noise",
    "latentSpace": "through the latent space",
    "left": "First",
    "mapLabel": "Latent plane of {name}; the sliders below move the point",
    "median": "median",
    "nearest": "nearest test image",
    "nearestImages": "Images nearest to the threshold",
    "network": "Network",
    "noise": "Strength",
    "noisy": "input",
    "normal": "Normal: its score of {score} is not above the threshold of {threshold}. p = {p}: that share of normal "
    "images scores as high.",
    "normalClass": "normal class",
    "open": "Open a file",
    "openNote": "or drop one here. It is scaled to the size of the networks' images.",
    "original": "original",
    "otherNoise": "trained on other noise",
    "passed": "not flagged",
    "pixelSpace": "pixel by pixel",
    "point": "({x}, {y})",
    "psnr": "{value} dB",
    "rates": "At a threshold of {score}: {fpr} of normal images are flagged (false-positive rate), and {tpr} of the "
    "others (true-positive rate).",
    "right": "Second",
    "same": Plural(
        "{count} network agrees with PyTorch: largest difference {difference}",
        "{count} networks agree with PyTorch: largest difference {difference}",
    ),
    "sample": "sample",
    "score": "score {score}",
    "share": "Share of B",
    "testImages": "Test images",
    "threshold": "Threshold",
    "totalVariation": "total variation",
    "unconditional": "{name} is not given a class.",
    "unreadable": "{name} is no image that this browser reads",
    "visibleMean": "mean of visible pixels",
}

# The page

TITLE = "Hourglass"
RESULTS_TITLE = "Results"
PAGE_TITLE = "Hourglass: {dataset}"
INTRO = (
    "An autoencoder compresses an image into a short latent code and reconstructs the image from it. This report "
    "compares {count} of them on {dataset}. Unless stated otherwise, metrics are measured on test images, which no "
    "training used. Detectors are trained on {normal} only; every other class is an anomaly."
)
PASSED = "passed"
FAILED = "failed"
ACCEPTANCE = "Acceptance"
CRITERION = ("criterion", "variant", "metric", "value", "bound", "verdict")
BOUNDS = {"min": "at least {threshold:g}", "max": "at most {threshold:g}"}
VARIANTS = "Variant by variant"
VARIANTS_INTRO = "Each variant with its settings, all of its metrics and all of its pictures."
IDEA = "Idea, formulas and source"
ARCHITECTURE = "Layers"
TRAINING_TIME = (
    "Training took {all:.0f} s on all classes and {normal:.0f} s on the normal class. That was when a rebuild was last "
    "measured, with other stages beside it."
)
VARIANT = "variant"
METHOD = "method"
VARIANT_SUMMARY = Plural(
    "{count:,} latent dimension · ROC-AUC {roc_auc:.3f}", "{count:,} latent dimensions · ROC-AUC {roc_auc:.3f}"
)
HIGHER, LOWER = " ↑", " ↓"
FOOTER = "Made by make. Settings: params.yaml."
NOTES_TITLE = "How metrics are measured, and what small print and brackets mean"
NOTES = (
    "Click a column to sort by it. ↑ higher is better, ↓ lower is better. The best variant is in bold if its 95% "
    "interval overlaps no other, and its lead is beyond the spread. Where only one of the two was measured, that one "
    "decides. Rows in italics are controls that nobody trained.",
    "Small print is a 95% interval and, after ±, the standard deviation over trainings where it was measured. "
    "Intervals come from the test images, for one trained network each. They do not cover other seeds. "
    "For ±, the seed also redraws the reference classifier, the synthetic defects and the probes' labels.",
    "MSE is per pixel on images in [0, 1], unclipped. PSNR (in dB) and SSIM are measured on images clipped to [0, 1].",
    "kNN and probe are fitted on the latent codes of 20,000 training images, probe@10 on those of 10 per class. "
    "trust(worthiness) is 1 if the neighbours of a latent code are those of its image.",
    "Fréchet distances compare generated with test images in the features of the reference classifier. They cannot be "
    "compared with distances from other reports. −log p(x) is an upper bound in nats, on randomly binarised images.",
    "ROC-AUC is the probability that an anomaly scores above a normal image; 0.5 is chance. The threshold is set for "
    "the target false-positive rate, on normal images that the networks were not trained on.",
    "Localisation is the ROC-AUC of single pixels: whether pixels of a synthetic patch, scratch or stain score above "
    "others. It is the mean over the three.",
)
