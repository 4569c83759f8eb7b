"""The tables of speed, as Markdown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Figures = Mapping[str, float]


@dataclass(frozen=True)
class Line:
    """One figure: what it is, its key in speed.json, how it is written, and at least or at most what it must be."""

    what: str
    key: str
    form: Callable[[float], str]
    least: float | None = None
    most: float | None = None

    def bar(self, value: float) -> str:
        """What it must reach, and whether it does."""
        if self.least is not None:
            return f"≥ {self.form(self.least)}, {'met' if value >= self.least else 'missed'}"
        if self.most is not None:
            return f"≤ {self.form(self.most)}, {'met' if value <= self.most else 'missed'}"
        return ""


PERCENT, TIMES, SECONDS = "{:.0%}".format, "{:.2f} ×".format, "{:.1f} s".format


def minutes(seconds: float) -> str:
    """Seconds as minutes."""
    return f"{seconds / 60:.1f} min"


LINES = (
    Line(
        "training 784-512-256-30 in batches of 256, share of the matrix product's rate",
        "dense_share_of_matmul",
        PERCENT,
        least=0.75,
    ),
    Line(
        "training 32 and 64 channels (`denoising_gaussian`), share of that rate",
        "conv_share_of_matmul",
        PERCENT,
        least=0.5,
    ),
    Line("the same with 16 and 32 channels (`convolutional`)", "share.convolutional", PERCENT),
    Line("training 784-64-32, images/s against PyOD's AutoEncoder", "vs_pyod", TIMES, least=2.5),
    Line("the same without its batch norm and dropout", "vs_pyod_layers", TIMES),
    Line("the same against a loop with nothing but the training step", "vs_bare", TIMES),
    Line("training 784-512-32, images/s against pythae's AE", "vs_pythae", TIMES, least=1.6),
    Line("the same as a VAE, against pythae's VAE", "vs_pythae_vae", TIMES),
    Line("training 784-512-32 against a plain DataLoader loop", "vs_dataloader", TIMES),
    Line("the same against a loop with nothing but the training step", "vs_bare_ae", TIMES),
    Line("rebuild from nothing, two stages at a time", "rebuild_seconds", minutes, most=900),
    Line(
        "the same, against its training and evaluation divided by the cores, as noted while two shared the machine",
        "rebuild_over_compute",
        TIMES,
        most=1.3,
    ),
    Line("of a quarter of the variants, against one stage at a time", "parallel_speedup", TIMES, least=1.5),
    Line(
        "the same, against its training and evaluation, as noted one stage at a time",
        "rebuild_over_compute.sample",
        TIMES,
        most=1.3,
    ),
    Line("`make` with nothing to do", "noop_seconds", SECONDS, most=5),
    Line("one small stage again", "one_stage_seconds", SECONDS),
    Line("of which overhead", "stage_overhead_torch", SECONDS, most=3.5),
    Line("overhead of a stage without torch", "stage_overhead_plain", SECONDS, most=1),
    Line(
        "peak memory of any stage with ten times the images (two variants, one made narrower, trained for an epoch)",
        "memory_ratio_10x",
        TIMES,
        most=1.5,
    ),
    Line("time an image of the stage that grows most, likewise", "time_ratio_10x", TIMES),
    Line("time an image of all stages together", "whole_time_ratio_10x", TIMES),
    Line("peak memory of any stage with a hundred times the images (the first variant)", "memory_ratio_100x", TIMES),
    Line("time an image of the stage that grows most, against ten times the images", "time_ratio_100x", TIMES),
    Line("time an image of all stages together, likewise", "whole_time_ratio_100x", TIMES),
)

# Figures of a variant as it is and as it was: heading, key, how it is written, and 1 where more is worse, else -1.
COMPARED = (
    ("MSE", "mse", "{:.4f}", 1),
    ("MSE of restored ones", "restored_mse", "{:.4f}", 1),
    ("ROC-AUC", "roc_auc", "{:.3f}", -1),
)


def markdown(figures: Figures) -> str:
    """What was measured, beside its bar; variants beside what they were; every network's share, in a fold."""
    text = _table(["", "measured", "bar"], [_cells(line, figures) for line in LINES if line.key in figures])
    compared = [key.split(".")[1] for key in figures if key.startswith("quality.") and key.endswith(".now_mse")]
    if compared:
        head = ["three seeds, validation images", *(cell for name, *_ in COMPARED for cell in (name, "as it was"))]
        text += "\n" + _table(head, [_compared(variant, figures) for variant in compared])
    names = [key.removeprefix("share.") for key in figures if key.startswith("share.")]
    if names:
        shares = [
            [name, f"{figures[f'images_per_second.{name}']:,.0f}", f"{figures[f'share.{name}']:.0%}"] for name in names
        ]
        beside = f"{figures['matmul_gflops']:.0f} GFLOP/s in the median"
        told = f"{figures['threads']} thread: its share of the matrix product's rate, measured beside it ({beside})"
        text += f"\n<details><summary>Every network, with {told}</summary>\n\n"
        text += _table(["variant", "images/s", "share"], shares) + "\n</details>\n"
    return text


def _cells(line: Line, figures: Figures) -> list[str]:
    """A line's cells; of a share also the pipeline's, of a ratio also that on a stage's threads, and both errors."""
    shown = line.form(figures[line.key])
    if f"{line.key}.own_batches" in figures:
        own, size = figures[f"{line.key}.own_batches"], figures[f"{line.key}.own_batch_size"]
        shown += f" ({line.form(own)} in batches of {size:.0f}, as in the pipeline)"
    if f"{line.key}.at_stage_threads" in figures:
        slower = line.form(figures[f"{line.key}.at_stage_threads"])
        ours, theirs = (figures[f"{line.key}.{whose}_mse"] for whose in ("our", "their"))
        shown += f" ({slower} with a stage's threads), error {ours:.4f} against {theirs:.4f}"
    return [line.what, shown, line.bar(figures[line.key])]


def _compared(variant: str, figures: Figures) -> list[str]:
    """A variant's figures now and once; no worse if by a standard deviation at most; empty if not measured."""
    cells = [variant]
    for _, figure, form, worse in COMPARED:
        if f"quality.{variant}.now_{figure}" not in figures:
            cells += ["", ""]
            continue
        mean, std, former, its_std = (
            figures[f"quality.{variant}.{kind}_{figure}{suffix}"] for kind in ("now", "once") for suffix in ("", "_std")
        )
        within = worse * (mean - former) <= max(std, its_std)
        cells += [f"{form.format(mean)} ± {form.format(std)}", f"{form.format(former)} ± {form.format(its_std)}"]
        cells[-2] += ", no worse" if within else ", worse"
    return cells


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    ruler = ["---", *["---:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ruler, *rows))
