"""The tables of speed, as Markdown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hourglass.reporting.markdown import LEFT, RIGHT, write

Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Line:
    """One line: a text, the key of its metric in speed.json, how it is written, and a bar.

    least, most: what the metric must be at least, or at most.
    """

    text: str
    key: str
    form: Callable[[float], str]
    least: float | None = None
    most: float | None = None

    def bar(self, value: float) -> str:
        """The bar, and whether `value` meets it; empty if there is none."""
        if self.least is not None:
            return f"≥ {self.form(self.least)}, {'met' if value >= self.least else 'missed'}"
        if self.most is not None:
            return f"≤ {self.form(self.most)}, {'met' if value <= self.most else 'missed'}"
        return ""


@dataclass(frozen=True)
class Comparison:
    """A metric of variants now and before: its name in the table and in speed.json, and how it is written.

    sign: 1 where lower is better, otherwise -1.
    """

    heading: str
    metric: str
    form: Callable[[float], str]
    sign: int


PERCENT, TIMES, SECONDS = "{:.0%}".format, "{:.2f} ×".format, "{:.1f} s".format


def minutes(seconds: float) -> str:
    """Seconds as minutes."""
    return f"{seconds / 60:.1f} min"


SHARE = "share of peak matmul throughput"
LINES = (
    Line(f"training 784-512-256-30 in batches of 256, {SHARE}", "dense_share_of_matmul", PERCENT, least=0.75),
    Line(f"training 32 and 64 channels (`denoising_gaussian`), {SHARE}", "conv_share_of_matmul", PERCENT, least=0.5),
    Line("the same with 16 and 32 channels (`convolutional`)", "share.convolutional", PERCENT),
    Line("training 784-64-32, images/s against PyOD's AutoEncoder", "vs_pyod", TIMES, least=2.0),
    Line("the same without its batch norm and dropout", "vs_pyod_layers", TIMES),
    Line("the same against a loop with nothing but the training step", "vs_bare", TIMES),
    Line("training 784-512-32, images/s against pythae's AE", "vs_pythae", TIMES, least=1.3),
    Line("the same as a VAE, against pythae's VAE", "vs_pythae_vae", TIMES),
    Line("training 784-512-32 against a plain DataLoader loop", "vs_dataloader", TIMES),
    Line("the same against a loop with nothing but the training step", "vs_bare_ae", TIMES),
    Line("rebuild from nothing, two stages at a time", "rebuild_seconds", minutes, most=1500),
    Line(
        "the same, against its training and evaluation divided by the cores, as noted while two shared the machine",
        "rebuild_over_compute",
        TIMES,
        most=1.3,
    ),
    Line("speed-up against one stage at a time, with a quarter of the variants", "parallel_speedup", TIMES, least=1.5),
    Line("time one stage at a time over that of two, likewise", "parallel_speedup", TIMES, most=1.9),
    Line(
        "the same rebuild, against its training and evaluation, as noted one stage at a time",
        "rebuild_over_compute.sample",
        TIMES,
        most=1.3,
    ),
    Line("`make` with nothing to do", "noop_seconds", SECONDS, most=3),
    Line("one small stage again, as `hourglass repro` starts it", "one_stage_seconds", SECONDS),
    Line("overhead in it, without what a rebuild takes once", "stage_overhead_torch", SECONDS, most=3.5),
    Line("overhead of a stage without torch, likewise", "stage_overhead_plain", SECONDS, most=2),
    Line(
        "peak memory of the stage that grows most, 10 times the images (two variants, one made narrower, one epoch)",
        "memory_ratio_10x",
        TIMES,
        most=1.5,
    ),
    Line("time per image of the stage that grows most, likewise", "time_ratio_10x", TIMES),
    Line("time per image of all stages together", "whole_time_ratio_10x", TIMES),
    Line(
        "peak memory of the stage that grows most, 100 times the images (the first variant)", "memory_ratio_100x", TIMES
    ),
    Line("time per image of the stage that grows most, against 10 times the images", "time_ratio_100x", TIMES),
    Line("time per image of all stages together, likewise", "whole_time_ratio_100x", TIMES),
)

COMPARISONS = (
    Comparison("MSE", "mse", "{:.4f}".format, 1),
    Comparison("MSE of restored images", "restored_mse", "{:.4f}".format, 1),
    Comparison("ROC-AUC", "roc_auc", "{:.3f}".format, -1),
)


def markdown(metrics: Metrics) -> str:
    """All tables: metrics with their bars, variants now and before, and every network's share in a fold."""
    return "\n".join(text for text in (_bars(metrics), _now_and_before(metrics), _shares(metrics)) if text)


def _bars(metrics: Metrics) -> str:
    return _table(["", "measured", "bar"], [_cells(line, metrics) for line in LINES if line.key in metrics])


def _now_and_before(metrics: Metrics) -> str:
    variants = [key.split(".")[1] for key in metrics if key.startswith("quality.") and key.endswith(".now_mse")]
    headings = (cell for comparison in COMPARISONS for cell in (comparison.heading, "before"))
    head = ["three seeds, validation images", *headings]
    return _table(head, [_comparison(variant, metrics) for variant in variants]) if variants else ""


def _shares(metrics: Metrics) -> str:
    names = [key.removeprefix("share.") for key in metrics if key.startswith("share.")]
    if not names:
        return ""
    rows = [[name, f"{metrics[f'images_per_second.{name}']:,.0f}", f"{metrics[f'share.{name}']:.0%}"] for name in names]
    peak = f"measured beside each training, {metrics['matmul_gflops']:.0f} GFLOP/s in the median"
    summary = f"Every network's {SHARE} with {metrics['threads']} thread ({peak})"
    return f"<details><summary>{summary}</summary>\n\n{_table(['variant', 'images/s', 'share'], rows)}\n</details>\n"


def _cells(line: Line, metrics: Metrics) -> list[str]:
    """A line's cells; a share has the pipeline's beside it, a ratio that with a stage's threads and both errors."""
    shown = line.form(metrics[line.key])
    if f"{line.key}.own_batches" in metrics:
        own, size = metrics[f"{line.key}.own_batches"], metrics[f"{line.key}.own_batch_size"]
        shown += f" ({line.form(own)} in batches of {size:.0f}, as in the pipeline)"
    if f"{line.key}.at_stage_threads" in metrics:
        with_stage_threads = line.form(metrics[f"{line.key}.at_stage_threads"])
        ours, baseline = (metrics[f"{line.key}.{whose}_mse"] for whose in ("our", "baseline"))
        shown += f" ({with_stage_threads} with a stage's threads), error {ours:.4f} against {baseline:.4f}"
    return [line.text, shown, line.bar(metrics[line.key])]


def _comparison(variant: str, metrics: Metrics) -> list[str]:
    """A variant's cells; no worse means by a standard deviation at most. Metrics that were not measured are empty."""
    cells = [variant]
    for one in COMPARISONS:
        if f"quality.{variant}.now_{one.metric}" not in metrics:
            cells += ["", ""]
            continue
        mean, std, former, former_std = (
            metrics[f"quality.{variant}.{kind}_{one.metric}{suffix}"]
            for kind in ("now", "before")
            for suffix in ("", "_std")
        )
        verdict = "no worse" if one.sign * (mean - former) <= max(std, former_std) else "worse"
        now, before = f"{one.form(mean)} ± {one.form(std)}", f"{one.form(former)} ± {one.form(former_std)}"
        cells += [f"{now}, {verdict}", before]
    return cells


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return write(head, [LEFT, *[RIGHT] * (len(head) - 1)], rows)
