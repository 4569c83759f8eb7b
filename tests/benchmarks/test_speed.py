import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from ruamel.yaml import YAML
from torch import nn

from benchmarks import scale
from benchmarks.speed import gather, jobs, overhead, quality, rebuild, rivals, shares, table
from hourglass.core import params
from hourglass.core.errors import HourglassError
from hourglass.core.files import read_json, write_json, write_text
from hourglass.data.arrays import PREPARED
from hourglass.models.build import build
from hourglass.models.networks import doublings, map_shapes
from hourglass.reporting import readme
from hourglass.training.settings import TrainSettings, schedule

SHAPE = (1, 8, 8)
DENSE = {"module": "undercomplete", "hidden": [16], "latent_dim": 4}
VAE = {"module": "vae", "hidden": [512], "latent_dim": 4, "loss": "bce"}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is timed takes half a second."""
    ticks = itertools.count(step=0.5)
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))


def test_a_dense_network_s_multiply_adds_are_its_widths_multiplied() -> None:
    assert shares.macs(build(DENSE, SHAPE, 0)) == 2 * (64 * 16 + 16 * 4)


def test_a_convolution_s_multiply_adds_are_counted_at_each_place_of_its_maps() -> None:
    model = build({"module": "convolutional", "channels": [3], "hidden": 5, "latent_dim": 2}, SHAPE, 0)
    there, back = 3 * 3 * 3 * 4 * 4, 2 * 2 * 3 * 4 * 4  # pixels of a window, 3 channels, 4 x 4 places
    assert shares.macs(model) == there + back + 2 * (48 * 5 + 5 * 2)


def test_a_transformer_s_multiply_adds_are_those_of_its_layers_for_each_token() -> None:
    settings = {"module": "masked", "latent_dim": 4, "patch": 4, "ratio": 0.75, "width": 8, "depth": 1}
    layer = 3 * 8 * 8 + 8 * 8 + 2 * 8 * 16  # what attention asks and answers, then the dense network
    one_of_four_patches = 16 * 8 + layer + 8 * 4
    all_four = 4 * 4 * 8 + 4 * (layer + 8 * 16)
    assert shares.macs(build(settings, SHAPE, 0)) == one_of_four_patches + all_four


def test_networks_without_gradients_or_in_parts_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    stacked = {"module": "stacked", "hidden": [16], "latent_dim": 4}
    entries = {"pca": {"module": "pca", "latent_dim": 4}, "stacked": stacked, "dense": DENSE}
    monkeypatch.setattr("hourglass.core.params.read", lambda: {"variants": entries})
    assert shares.networks(SHAPE, 0) == ["dense"]


def test_a_share_is_outdated_where_its_network_or_batches_are_others_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = params.read() | {"variants": {"same": DENSE, "wider": DENSE | {"latent_dim": 8}, "new": DENSE}}
    write_json(tmp_path / "params.yaml", content)
    write_json(tmp_path / PREPARED / "dataset.json", {"name": "noise", "classes": ["one"], "image_shape": SHAPE})
    monkeypatch.chdir(tmp_path)
    row = shares.sizes("same", SHAPE, 0) | {"images_per_second": [10.0]}
    assert row["batch_size"] == content["train"]["batch_size"]
    assert shares.outdated({"same": row, "wider": row, "gone": row}) == ["wider", "new"]
    assert shares.outdated({"same": row | {"batch_size": 1}}) == ["same", "wider", "new"]


@pytest.mark.usefixtures("clock")
def test_a_run_is_measured_between_two_looks_at_the_machine() -> None:
    rates = iter([100.0, 200.0, 300.0, 400.0])
    trained: list[None] = []
    found = shares.alternated(lambda: trained.append(None), 10, rates.__next__)
    assert found == {"images_per_second": [20.0] * 3, "matmul": [100.0, 200.0, 300.0, 400.0]}
    assert len(trained) == 4  # one of them for warmth


def test_a_share_is_held_against_the_machine_as_it_was_around_the_run() -> None:
    # 6 operations a multiply-add; rates around the runs: 150, 300, 600.
    assert shares.share(5, [1.0, 5.0, 20.0], [100, 200, 400, 800]) == pytest.approx(6 * 5 * 5 / 300)


def test_a_ratio_is_the_median_over_neighbouring_runs() -> None:
    assert gather.ratio([10, 20, 90], [5, 5, 30]) == 3


@pytest.fixture
def job() -> rivals.Job:
    """Two batches of plain images, each of one brightness."""
    brightness = np.random.default_rng(0).integers(0, 256, (2 * rivals.BATCH, 1, 1, 1), np.uint8)
    images = np.ascontiguousarray(np.broadcast_to(brightness, (len(brightness), *SHAPE)))
    settings = TrainSettings(epochs=2, batch_size=rivals.BATCH, learning_rate=0.01, weight_decay=0.0, gradient_clip=5.0)
    return rivals.Job(DENSE, settings, images, images[:100], 0)


@pytest.fixture
def deterministic() -> Iterator[None]:
    """What a race changes in torch is as it was."""
    before = torch.are_deterministic_algorithms_enabled()
    yield
    torch.use_deterministic_algorithms(before)


def shapes(model: nn.Module) -> list[torch.Size]:
    return [value.shape for value in model.parameters()]


@pytest.mark.parametrize("settings", [{}, rivals.LAYERS])
def test_pyod_s_network_has_the_layers_of_ours(job: rivals.Job, settings: dict[str, Any]) -> None:
    pytest.importorskip("pyod")
    detector = rivals.pyod_detector(job, **settings)
    detector.feature_size = 64
    detector.build_model()
    linear = [layer for layer in detector.model.modules() if isinstance(layer, nn.Linear)]
    assert [shape for layer in linear for shape in shapes(layer)] == shapes(job.build())
    assert any(isinstance(layer, nn.BatchNorm1d) for layer in detector.model.modules()) != bool(settings)


def test_pythae_s_networks_have_the_layers_of_ours(job: rivals.Job) -> None:
    pytest.importorskip("pythae")
    job = rivals.Job({**DENSE, "hidden": [512]}, job.plan, job.images, job.held_out, 0)
    assert sorted(shapes(rivals.pythae_model(job, "AE"))) == sorted(shapes(job.build()))
    # Its mean and variance are two layers, ours are one.
    job = rivals.Job(VAE, job.plan, job.images, job.held_out, 0)
    theirs, ours = (sum(shape.numel() for shape in shapes(m)) for m in (rivals.pythae_model(job, "VAE"), job.build()))
    assert theirs == ours


@pytest.mark.usefixtures("clock", "deterministic")
def test_contenders_train_in_turns_and_are_judged_on_the_same_images(job: rivals.Job) -> None:
    order: list[tuple[str, int]] = []

    def contender(name: str, shift: float) -> Any:
        def prepare(given: rivals.Job) -> rivals.Run:
            def run() -> rivals.Rebuild:
                order.append((name, given.plan.epochs))
                return lambda x: x + shift

            return run

        return prepare

    found = rivals.race(job, {"ours": contender("ours", 0.1), "other": contender("other", 0.2)})
    assert order == [("ours", 1), ("other", 1), *[("ours", 2), ("other", 2)] * rivals.REPEATS]
    assert found["ours"]["images_per_second"] == [2 * len(job.images) / 0.5] * rivals.REPEATS
    assert found["ours"]["mse"] == pytest.approx([0.01] * rivals.REPEATS)
    assert found["other"]["mse"] == pytest.approx([0.04] * rivals.REPEATS)


@pytest.mark.usefixtures("deterministic")
@pytest.mark.parametrize(("race", "name"), [(race, name) for race, names in rivals.RACES.items() for name in names])
def test_every_contender_learns_to_rebuild(race: str, name: str, job: rivals.Job) -> None:
    if name.startswith("py"):
        pytest.importorskip(name.partition("_")[0])
    x = job.floats(job.held_out)
    errors = []
    for epochs in (1, 30):
        longer = replace(job, plan=job.plan.model_copy(update={"epochs": epochs}))
        with torch.random.fork_rng():
            rebuild = rivals.RACES[race][name](longer)()
            with torch.inference_mode():
                errors.append(F.mse_loss(rebuild(x), x).item())
    assert errors[1] < 0.5 * errors[0]


def test_compute_is_training_and_evaluation_without_imports(tmp_path: Path) -> None:
    took = {"train-vae": (10.0, 2.0), "train_normal-vae": (5.0, 2.0), "detect-vae": (4.0, 1.0), "report": (30.0, 1.0)}
    for stage, (seconds, importing) in took.items():
        note = {"seconds": seconds, "import_seconds": importing}
        write_json(tmp_path / f"reports/timings/{stage}.json", note)
    assert rebuild.compute(tmp_path) == 14
    assert rebuild.noted(tmp_path)["report"] == 29


def test_a_sample_has_every_fourth_variant_and_needs_no_others() -> None:
    names = [str(number) for number in range(9)]
    detect = {"own": {"3": ["pixel"], "4": ["window"]}, "members": {"3": 2, "8": 2}, "halves": ["8", "7"]}
    sweep = {"variants": dict.fromkeys("ab"), "images": 9}
    settings = {"variants": dict.fromkeys(names), "detect": detect, "sweep": sweep}
    settings["accept"] = {"a": {"variant": "4"}, "b": {"variant": "5"}, "c": {"variant": ["4", "5"]}}
    jobs.sampled(settings)
    assert settings == {
        "variants": dict.fromkeys("048"),
        "detect": {"own": {"4": ["window"]}, "members": {"8": 2}, "halves": ["8"]},
        "sweep": {"variants": {"a": None}, "images": 9},
        "accept": {"a": {"variant": "4"}},
    }


def test_overhead_is_all_but_a_stage_s_own_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_json(tmp_path / "reports/timings/train_normal-pca.json", {"seconds": 3.0, "import_seconds": 2.5})
    monkeypatch.setattr(overhead, "clocked", lambda folder, *command: 7.0)
    assert overhead.again(tmp_path, "train_normal@pca") == {"seconds": 7.0, "overhead": 6.5}


def test_overhead_is_measured_where_nothing_is_left_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hourglass.pipeline.graph.changed", lambda pipeline: {"report"})
    with pytest.raises(HourglassError, match="not up to date; run `make`"):
        overhead.main()


def test_without_raw_data_there_is_nothing_to_rebuild(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HourglassError, match="data/raw is missing; run `dvc repro download`"), rebuild.fresh_clone():
        pass


NETWORK = {"macs": 5, "batch_size": 128, "images_per_second": [10.0], "matmul": [1e9, 1e9]}
LARGE = NETWORK | {"batch_size": 256, "images_per_second": [20.0]}


def run(speed: float, mse: float) -> Mapping[str, list[float]]:
    return {"images_per_second": [speed] * 3, "mse": [mse] * 3}


PARTS = {
    shares.OUT: {
        "threads": 1,
        "networks": dict.fromkeys((shares.DENSE, shares.CONVOLUTIONAL, "vae"), NETWORK),
        "large_batches": LARGE,
    },
    rivals.OUT: {
        "1": {"detector": {"ours": run(20, 0.1), "pyod": run(10, 0.2)}},
        "2": {"detector": {"ours": run(30, 0.1), "pyod": run(10, 0.2)}},
    },
    rebuild.OUT: {
        "commit": "c0ffee",
        "cores": 2,
        "rebuild_seconds": 300.0,
        "compute_seconds": 500.0,
    },
    overhead.OUT: {
        "commit": "c0ffee",
        "noop_seconds": 1.5,
        "stages": {
            **{stage: [{"seconds": 5.0, "overhead": 3.0}] for stage in overhead.WITH_TORCH},
            **{stage: [{"seconds": 1.0, "overhead": 0.5}] for stage in overhead.WITHOUT_TORCH},
        },
    },
    jobs.OUT: {
        "commit": "c0ffee",
        "cores": 2,
        "serial_seconds": 120.0,
        "parallel_seconds": 60.0,
        "compute_seconds": 80.0,
    },
    quality.OUT: {
        "vae": {
            "now": {"mse": [0.010, 0.012, 0.014], "roc_auc": [0.90, 0.90, 0.90]},
            "once": {"mse": [0.009, 0.011, 0.013], "roc_auc": [0.92, 0.91, 0.93]},
        },
        "denoising": {
            "now": {"mse": [0.2, 0.2, 0.2], "restored_mse": [0.3, 0.4, 0.5]},
            "once": {"mse": [0.2, 0.2, 0.2], "restored_mse": [0.1, 0.2, 0.3]},
        },
    },
    gather.TIMES: {"cores": 2, "methods": {"rotated": {"images_per_second": 7.0}}},
    gather.SCALE: {"memory_ratio_10x": 1.25, "time_ratio_10x": 1.1, "cores": 2, "by_size": {"1": {"prepare": {}}}},
}


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository in which all parts were measured."""
    monkeypatch.setattr(shares, "outdated", lambda rows: [])
    monkeypatch.chdir(tmp_path)
    write_text(readme.README, "Before.\n<!-- speed -->\nold\n<!-- /speed -->\nAfter.\n")
    for file, content in PARTS.items():
        write_json(file, content)


@pytest.mark.usefixtures("measured")
def test_parts_are_gathered_under_flat_keys() -> None:
    gather.main()
    figures = read_json(gather.OUT)
    expected = {
        "dense_share_of_matmul": 6 * 5 * 20 / 1e9,
        "dense_share_of_matmul.own_batches": 6 * 5 * 10 / 1e9,
        "dense_share_of_matmul.own_batch_size": 128,
        "share.vae": 6 * 5 * 10 / 1e9,
        "matmul_gflops": 1.0,
        "vs_pyod": 3.0,
        "vs_pyod.at_stage_threads": 2.0,
        "vs_pyod.our_mse": 0.1,
        "vs_pyod.their_mse": 0.2,
        "rebuild_seconds": 300.0,
        "parallel_speedup": 2.0,
        "rebuild_over_compute": 1.2,
        "rebuild_over_compute.sample": 1.5,
        "stage_overhead_torch": 3.0,
        "stage_overhead_plain": 0.5,
        "one_stage_seconds": 5.0,
        "scored_per_second.rotated": 7.0,
        "memory_ratio_10x": 1.25,
        "quality.vae.now_mse": 0.012,
        "quality.vae.now_mse_std": 0.002,
        "quality.vae.once_roc_auc": 0.92,
    }
    assert {key: figures[key] for key in expected} == pytest.approx(expected)
    assert all(isinstance(value, int | float) for value in figures.values())
    shown = readme.README.read_text()
    assert shown == f"Before.\n<!-- speed -->\n{table.markdown(figures)}<!-- /speed -->\nAfter.\n"
    assert "| overhead of a stage without torch | 0.5 s | ≤ 1.0 s, met |" in shown
    assert "| 1.25 × | ≤ 1.50 ×, met |" in shown
    assert "| 5.0 min | ≤ 15.0 min, met |" in shown
    assert "| 0% (0% in batches of 128, as in the pipeline) | ≥ 75%, missed |" in shown
    assert "| vae | 0.0120 ± 0.0020, no worse | 0.0110 ± 0.0020 |  |  | 0.900 ± 0.000, worse | 0.920 ± 0.010 |" in shown
    restored = "0.4000 ± 0.1000, worse | 0.2000 ± 0.1000 |  |  |"
    assert f"| denoising | 0.2000 ± 0.0000, no worse | 0.2000 ± 0.0000 | {restored}" in shown
    assert "3.00 × (2.00 × with a stage's threads), error 0.1000 against 0.2000" in shown


@pytest.mark.parametrize("variants", scale.PLAN.values(), ids=str)
def test_larger_data_are_learned_for_an_epoch(
    variants: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json(tmp_path / "params.yaml", scale.settings(variants))
    monkeypatch.chdir(tmp_path)
    assert tuple(params.read()["variants"]) == variants
    for name in variants:
        assert schedule(name, params.variant(name), "train").epochs == 1
        assert schedule(name, params.variant(name), "train_normal").epochs == 1


def test_larger_data_pass_every_stage_but_the_download() -> None:
    pipeline = YAML(typ="safe").load(scale.ROOT / "dvc.yaml")["stages"]
    assert {name for name, *_ in scale.stages(scale.VARIANTS)} == set(pipeline) - {"download"}


def test_sizes_that_are_not_planned_are_refused_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "measure", lambda *_: pytest.fail("ran"))
    with pytest.raises(HourglassError, match="no such size: 5; there are 1, 10, 100"):
        scale.main([10, 5])


def test_what_is_known_of_other_sizes_stays_and_a_size_is_replaced_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(times: int, folder: Path) -> Iterator[tuple[str, dict[str, float]]]:
        yield "train", {"seconds": 2.0 * times, "peak_rss": 100.0}
        if times == 10:
            raise HourglassError("interrupted")

    known = {"old": {"seconds": 1.0, "peak_rss": 100.0}}
    monkeypatch.setattr(scale, "OUT", tmp_path / "scale.json")
    monkeypatch.setattr(scale, "measure", measure)
    write_json(scale.OUT, {"by_size": {"10": known, "100": known}})
    with pytest.raises(HourglassError, match="interrupted"):
        scale.main([100, 1, 10])
    sizes = read_json(scale.OUT)["by_size"]
    assert list(sizes) == ["1", "10", "100"]
    assert [list(stages) for stages in sizes.values()] == [["train"], ["old"], ["train"]]


def test_growth_is_that_of_the_stage_that_grows_most_and_time_is_an_image_s() -> None:
    one = {"a": {"seconds": 2.0, "peak_rss": 100}, "b": {"seconds": 1.0, "peak_rss": 100}}
    ten = {"a": {"seconds": 18.0, "peak_rss": 130}, "b": {"seconds": 12.0, "peak_rss": 110}}
    hundred = {"b": {"seconds": 96.0, "peak_rss": 105}}
    assert scale.ratios({1: one, 10: ten, 100: hundred}) == {
        "memory_ratio_10x": 1.3,
        "time_ratio_10x": 1.2,
        "whole_time_ratio_10x": 1.0,
        "memory_ratio_100x": 1.05,
        "time_ratio_100x": 0.8,
        "whole_time_ratio_100x": 0.8,
    }
    assert scale.ratios({1: one, 100: hundred})["time_ratio_100x"] == 0.96
    assert scale.ratios({10: ten}) == {}


def test_trainings_are_held_against_those_of_once() -> None:
    now, once, own = (
        quality.plan(*what) for what in (("tied", "train", False), ("tied", "train", True), ("vae", "train", True))
    )
    assert (now.epochs, now.batch_size) == (6, 128)
    assert (once.epochs, once.batch_size, once.learning_rate) == (8, 256, 0.008)
    assert (own.epochs, own.learning_rate) == (8, 0.002)
    assert now.gradient_clip == once.gradient_clip
    # Figures of the same network and training would be equal whatever they are.
    assert all(quality.changed(variant, "train") for variant in quality.VARIANTS)
    assert not quality.changed("tied", "train_normal")
    assert quality.changed("denoising_salt_pepper", "train_normal")


@pytest.mark.parametrize("side", [7, 8, 28])
def test_the_windows_of_once_lead_back_to_the_same_sides(side: int) -> None:
    shape, channels = (1, side, side), (4, 6)
    was = quality.wide_doublings(shape, channels)
    maps = torch.zeros(2, *map_shapes(shape, channels)[-1])
    assert was(maps).shape == doublings(shape, channels)(maps).shape == (2, *shape)
    assert {layer.kernel_size for layer in was if isinstance(layer, nn.ConvTranspose2d)} == {(3, 3)}


@pytest.mark.usefixtures("measured")
def test_shares_of_other_networks_are_not_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "outdated", lambda rows: ["vae"])
    with pytest.raises(HourglassError, match=r"other networks than params\.yaml: vae; run `python -m"):
        gather.main()
    assert "old" in readme.README.read_text()


@pytest.mark.usefixtures("measured")
def test_what_was_not_measured_is_left_out() -> None:
    for file in PARTS:
        if file != jobs.OUT:
            file.unlink()
    gather.main()
    figures = read_json(gather.OUT)
    assert figures["parallel_speedup"] == 2
    assert not any(key.startswith(("vs_", "share.", "memory")) for key in figures)


def test_the_committed_table_is_what_the_committed_parts_come_to(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    if not gather.OUT.exists():
        pytest.skip("speed was not measured yet")
    monkeypatch.setattr(shares, "outdated", lambda rows: [])  # params.yaml may be a reader's own
    written: dict[Path, Any] = {}
    monkeypatch.setattr(gather, "write_json", lambda path, content: written.update({path: content}))
    monkeypatch.setattr(gather, "write_text", lambda path, content: written.update({path: content}))
    gather.main()
    assert written == {gather.OUT: read_json(gather.OUT), readme.README: readme.README.read_text()}
    assert capsys.readouterr().out
