"""The live part of the page: what it is given, and its controls in a real browser."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hourglass.core import layout
from hourglass.core.files import write_json
from hourglass.data.imageset import ImageSet
from hourglass.live import detector, network
from hourglass.live.selection import EVERYTHING, GENERATING
from hourglass.reporting import captions, live, page
from hourglass.reporting.language import spoken
from hourglass.reporting.results import Result
from hourglass.reporting.settings import Language
from tests.live.small import all_images, images, model, settings
from tests.live.test_detector import light
from tests.reporting.actions import choose, pixels, pointer, press, press_key, slide
from tests.reporting.browser import Browser, browser, needs_chromium
from tests.reporting.english import english_in
from tests.reporting.ledger import CLAIMS
from tests.reporting.page_controls import assert_readable, use_links_to_parts, use_tables
from tests.reporting.reports import VARIANTS, context, result

SETTINGS = {variant.name: {"module": "vae"} for variant in VARIANTS}
PACKED = ("undercomplete_2d", "vae_2d", "cvae_cross_attention", "cvae_beta", "denoising_gaussian", "masked", "pca")


def scored(scores: list[float], classes: list[int], threshold: float) -> Result:
    own = result("plain")
    table = pd.DataFrame({"split": "test", "class": classes, "score": scores})
    return replace(own, scores=table, metrics=own.metrics.having({"detect.threshold": threshold}))


def test_counts_above_the_threshold_are_exact() -> None:
    draw = np.random.default_rng(0).normal(size=400)
    classes = np.arange(400) % 2
    found = live.scores(scored(draw.tolist(), classes.tolist(), float(draw[7])), np.arange(5), 2)
    place = found["threshold"]
    for number in (0, 1):
        assert sum(found["counts"][number]) == 200
        assert sum(found["counts"][number][place:]) == (draw[classes == number] > draw[7]).sum()
    width = (found["high"] - found["low"]) / live.BINS
    assert found["low"] + place * width == pytest.approx(draw[7])
    # The image at the threshold is not above it.
    assert (
        live.scores(scored(draw.tolist(), classes.tolist(), float(draw[7])), np.array([7]), 2)["pool"][0] == place - 1
    )


@pytest.mark.parametrize("threshold", [-9.0, 9.0])
def test_a_threshold_beyond_all_scores_is_kept(threshold: float) -> None:
    found = live.scores(scored([0.0, 1.0, 2.0, 3.0], [0, 1, 0, 1], threshold), np.arange(2), 2)
    above = sum(sum(row[found["threshold"] :]) for row in found["counts"])
    assert above == (4 if threshold < 0 else 0)


def test_synthetic_defects_are_one_more_class() -> None:
    counts = live.scores(scored([0.0, 1.0, 2.0, 3.0], [0, 0, 2, 3], 1.5), np.arange(2), 2)["counts"]
    assert [sum(row) for row in counts] == [2, 0, 2]


def test_pool_has_as_many_images_of_each_class() -> None:
    some = images(count=100)
    rows = live.pool(some)
    assert np.bincount(some.labels[rows]).tolist() == [live.PER_CLASS, live.PER_CLASS]
    large = ImageSet(np.zeros((100, 1, 128, 128), np.uint8), np.arange(100) % 2, ["a", "b"])
    assert len(live.pool(large)) * 128 * 128 <= live.POOL_BYTES


def test_the_best_detector_is_named_where_the_page_has_another() -> None:
    packed = {"variant": "plain", "scorers": ["pixel"]}
    best, better = result("plain", roc_auc=0.9), result("other", roc_auc=0.95)
    assert "highest ROC-AUC" not in live._detector_text(packed, [best, result("worse", roc_auc=0.8)], context())
    assert "The detector with the highest ROC-AUC is that of other" in live._detector_text(
        packed, [best, better], context()
    )


def test_a_page_without_a_prior_does_not_speak_of_one() -> None:
    plain = {"programs": {"encode": {}, "decode": {}}, "latent_dim": 3, "noise": None}
    drawing = {"programs": {"encode": {}, "decode": {}, "prior": {}}, "latent_dim": 3, "noise": None}
    intros = [live._parts(networks, "")["generate"][1] for networks in ([plain], [plain, drawing])]
    assert ["prior" in intro for intro in intros] == [False, True]


def test_json_cannot_end_its_script_element() -> None:
    assert "</script>" not in live._script({"name": "</script>"})
    assert json.loads(live._script({"name": "</script>"})) == {"name": "</script>"}


def test_page_of_this_checkout_is_small_enough() -> None:
    if not layout.PAGE.exists():
        pytest.skip("the report was not rendered here")
    assert layout.PAGE.stat().st_size <= page.LIMIT


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("page"), "en")


@pytest.fixture(scope="module")
def spanish(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("spanish"), "es")


def build(folder: Path, language: Language) -> Path:
    """A page with small networks of every control."""
    own = settings()
    with pytest.MonkeyPatch.context() as patch, spoken(language):
        patch.chdir(folder)
        for seed, name in enumerate(PACKED):
            functions = GENERATING if name.startswith("cvae") else EVERYTHING
            write_json(layout.live(name), network.pack(model(own[name], seed), functions, all_images()))
        packed = detector.pack(light(), images(seed=1), images(seed=2), all_images())
        write_json(layout.LIVE_DETECTOR, {"variant": "plain", **packed})
        index = {
            "variants": PACKED,
            "left_out": {"large": "", "odd": "operation fft"},
            "detector": ["plain"],
            "denoisers": {
                "denoising_gaussian": ["gaussian", 0.5],
                "away": ["salt_pepper", 0.3],
                "masked": ["masked", 0.75],
            },
            "architectures": {"plain": ["encoder: Linear"]},
        }
        write_json(layout.LIVE_INDEX, index)
        whole = replace(context(), claims=CLAIMS)
        shown = live.load(VARIANTS, whole, images(count=4))
        page.write(VARIANTS, whole, SETTINGS, shown, Path("figures"), Path("index.html"))
    return folder / "index.html"


def test_page_names_networks_that_are_not_in_it(built: Path) -> None:
    text = built.read_text()
    assert "because there is no room for more weights: large." in text
    assert "odd is not in this page: operation fft." in text


def test_page_without_scripts_has_all_pictures(built: Path) -> None:
    text = re.sub("<script.*?</script>", "", built.read_text(), flags=re.DOTALL)
    assert text.count("<img") == len([*(built.parent / "figures").rglob("*.png")]) - 1
    assert '<section id="live" hidden>' in text


def in_address(tab: Browser, text: str) -> None:
    """Wait until the address has what was chosen: it is written once the reader pauses."""
    tab.wait(f"location.hash.includes({json.dumps(text)})")


def chosen_image(tab: Browser) -> str | None:
    number: str | None = tab.run("document.querySelector('#live-attempt .thumbnail[aria-pressed]')?.dataset.image")
    return number


def use_explore(tab: Browser) -> None:
    before = pixels(tab, ".plane .tile canvas")
    pointer(tab, "canvas.map", 0.9, 0.1)
    assert pixels(tab, ".plane .tile canvas") != before
    in_address(tab, "at.undercomplete_2d=")
    number = chosen_image(tab)
    thumbnail = f"#live-attempt .thumbnail[data-image='{number}']"
    assert pixels(tab, f"{thumbnail} canvas") == pixels(tab, ".plane .tile:last-child canvas")
    assert tab.run("document.querySelector('#live-explore .classes .chosen').dataset.class") == tab.run(
        f"document.querySelector({json.dumps(thumbnail)}).dataset.class"
    )
    in_address(tab, f"image={number}")
    for image in ("0", "3"):  # one of them at least is not the nearest to where the drag ends
        press(tab, "#live-attempt .thumbnail", int(image))
        pointer(tab, "canvas.map", 0.9, 0.9, start=(0.2, 0.2))
        assert chosen_image(tab) == image
    press(tab, "#live-explore .classes .chosen")
    before = pixels(tab, "canvas.map")
    press(tab, "#live-explore .classes button", 1)
    assert pixels(tab, "canvas.map") != before
    press(tab, "#live-explore .classes button", 1)
    assert pixels(tab, "canvas.map") == before
    use_planes(tab)


def use_planes(tab: Browser) -> None:
    first, second = (f".plane[data-variant={name}]" for name in PACKED[:2])
    point = f"document.querySelector('{first} .value').textContent.match(/-?[\\d.]+/g)"
    for place, dimension in enumerate((".row + label input", "label:last-child input")):
        before, coordinates = pixels(tab, f"{first} .tile canvas"), tab.run(point)
        slide(tab, f"{first} {dimension}", float(tab.run(f"document.querySelector('{first} {dimension}').min")))
        assert pixels(tab, f"{first} .tile canvas") != before
        assert [old == new for old, new in zip(coordinates, tab.run(point), strict=True)] == [place == 1, place == 0]
    before, other = pixels(tab, f"{second} .tile canvas"), pixels(tab, f"{first} .tile canvas")
    pointer(tab, f"{second} canvas.map", 0.9, 0.1)
    assert pixels(tab, f"{second} .tile canvas") != before
    assert pixels(tab, f"{first} .tile canvas") == other
    in_address(tab, f"at.{PACKED[1]}=")
    use_nearest(tab, second)


def use_nearest(tab: Browser, plane: str) -> None:
    """The tile of the nearest image chooses it, by a press or by a key."""
    nearest = f"{plane} .tile:last-child"
    number = chosen_image(tab)
    for key in ("", " ", "Enter"):
        press(tab, "#live-attempt .thumbnail", int(number == "0"))
        press_key(tab, nearest, key) if key else press(tab, nearest)
        assert chosen_image(tab) == number
    assert pixels(tab, f"#live-attempt .thumbnail[data-image='{number}'] canvas") == pixels(tab, f"{nearest} canvas")
    assert tab.run("document.querySelector('#live-explore .classes .chosen').dataset.class") == tab.run(
        "document.querySelector('#live-attempt .thumbnail[aria-pressed]').dataset.class"
    )


def use_attempt(tab: Browser) -> None:
    rebuilt = "#live-attempt .tiles [data-variant=pca] canvas"
    press(tab, "#live-attempt .thumbnail", 0)
    before = pixels(tab, rebuilt)
    press(tab, "#live-attempt .thumbnail", 3)
    assert pixels(tab, rebuilt) != before
    in_address(tab, "image=3")
    assert re.match(r"(Normal|Anomaly): its score of -?\d", tab.run("document.querySelector('.verdict').textContent"))
    use_sketch(tab, rebuilt)
    use_files(tab, rebuilt)


def use_sketch(tab: Browser, rebuilt: str) -> None:
    image = pixels(tab, rebuilt)
    pointer(tab, "canvas.sketch", 0.5, 0.5)
    drawing = pixels(tab, rebuilt)
    assert drawing != image
    assert chosen_image(tab) is None
    press(tab, "#live-attempt .thumbnail", 3)
    assert pixels(tab, rebuilt) == image
    press(tab, ".sketch + figcaption button")
    assert pixels(tab, rebuilt) == image  # the test image stays
    pointer(tab, "canvas.sketch", 0.5, 0.5)
    assert pixels(tab, rebuilt) == drawing
    press(tab, ".sketch + figcaption button")
    assert pixels(tab, rebuilt) not in (drawing, image)


def use_files(tab: Browser, rebuilt: str) -> None:
    before = pixels(tab, rebuilt)
    tab.run("""(async () => {
      const canvas = Object.assign(document.createElement("canvas"), {width: 40, height: 20});
      canvas.getContext("2d").fillStyle = "#fff";
      canvas.getContext("2d").fillRect(10, 5, 20, 10);
      const files = new DataTransfer();
      files.items.add(new File([await new Promise((done) => canvas.toBlob(done))], "own.png", {type: "image/png"}));
      const input = document.querySelector("#live-attempt input[type=file]");
      input.files = files.files;
      input.dispatchEvent(new Event("change"));
    })()""")
    name = "document.querySelector('#live-attempt .tiles .value').textContent"
    tab.wait(f"{name} === 'own.png'")
    opened = pixels(tab, rebuilt)
    assert opened != before
    press(tab, "#live-attempt .opener input[type=checkbox]")
    inverted = pixels(tab, rebuilt)
    assert inverted != opened
    tab.run("""(() => {
      const dropped = new DataTransfer();
      const [file] = document.querySelector("#live-attempt input[type=file]").files;
      dropped.items.add(new File([file], "dropped.png", {type: file.type}));
      const root = document.querySelector("#live-attempt .tiles");
      root.dispatchEvent(new DragEvent("drop", {dataTransfer: dropped, bubbles: true, cancelable: true}));
    })()""")
    tab.wait(f"{name} === 'dropped.png'")
    assert pixels(tab, rebuilt) == inverted


def use_generate(tab: Browser) -> None:
    sample = "#live-generate .generated canvas"
    before = pixels(tab, sample)
    press(tab, "#live-generate .classes button", 1)
    assert pixels(tab, sample) != before
    for selector in ("#live-generate .row button", "#live-generate .row input[type=range]"):
        before = pixels(tab, sample)
        press(tab, selector) if "button" in selector else slide(tab, selector, 1)
        assert pixels(tab, sample) != before, selector
    in_address(tab, "generator=cvae_beta")
    before = pixels(tab, sample)
    slide(tab, ".sliders input", 2.9)
    assert pixels(tab, sample) != before
    use_interpolation(tab)


def use_interpolation(tab: Browser) -> None:
    between = "#live-generate .row > .large canvas"
    for place, end in enumerate("ba"):
        before = pixels(tab, between)
        press(tab, "button.end", 1 - place)
        press(tab, "#live-generate .thumbnail", 1 + place)
        in_address(tab, f"&{end}={1 + place}")
        assert pixels(tab, between) != before
    before = pixels(tab, between)
    slide(tab, "#live-generate .row .row input[type=range]", 0.9)
    in_address(tab, "share=0.9")
    assert pixels(tab, between) != before
    before = pixels(tab, between)
    choose(tab, "#live-generate .row .row select", "pca")
    in_address(tab, "path=pca")
    assert pixels(tab, between) != before


def use_denoise(tab: Browser) -> None:
    noisy = "#live-denoise .tile:nth-child(2) canvas"
    for level in (0.1, 0.9):
        before = pixels(tab, noisy)
        slide(tab, "#live-denoise input[type=range]", level)
        assert pixels(tab, noisy) != before
    before = pixels(tab, noisy)
    press(tab, "#live-denoise .row button")
    assert pixels(tab, noisy) != before
    in_address(tab, "draw=2")
    assert tab.run(
        "[...document.querySelectorAll('#live-denoise .value')].slice(1).every(e => / dB/.test(e.textContent))"
    )
    for kind, said in (("salt_pepper", "no room for more weights: away"), ("masked", "0.75"), ("gaussian", "0.5")):
        before = pixels(tab, noisy)
        choose(tab, "#live-denoise select", kind)
        assert pixels(tab, noisy) != before
        in_address(tab, f"kind={kind}")
        assert said in tab.run("document.querySelector('#live-denoise .note').textContent")


def use_masked(tab: Browser) -> None:
    choose(tab, "#live-denoise select", "masked")
    shares = set()
    for level in (0.25, 0.9):
        slide(tab, "#live-denoise input[type=range]", level)
        pixels(tab, "#live-denoise canvas")
        shown = tab.run("[...document.querySelectorAll('#live-denoise .value')].map(e => e.textContent)")
        shares.add(shown[1])
        assert all(re.fullmatch(r"-?[\d.]+ dB", text) for text in shown[2:])
        assert len(shown) == 5  # original, input, the network, two classical methods
    assert len(shares) == 2


def use_threshold(tab: Browser) -> None:
    flagged = "[...document.querySelectorAll('.counts td')].map(cell => Number(cell.textContent))"
    slide(tab, "#live-threshold input[type=range]", 0)
    pixels(tab, "#live-threshold canvas")
    found, missed, false_positives, passed = tab.run(flagged)
    assert (missed, passed) == (0, 0)
    slide(tab, "#live-threshold input[type=range]", live.BINS)
    pixels(tab, "#live-threshold canvas")
    assert tab.run(flagged) == [0, found, 0, false_positives]
    in_address(tab, f"threshold={live.BINS}")
    near = "#live-threshold .tiles .tile"
    for key in ("Enter", " "):
        numbers = tab.run(f"[...document.querySelectorAll('{near}')].map(tile => tile.dataset.image)")
        number = next(number for number in numbers if number != chosen_image(tab))
        press_key(tab, f"{near}[data-image='{number}']", key)
        assert chosen_image(tab) == number


def use_compare(tab: Browser) -> None:
    choose(tab, "#live-compare select", "few")
    assert tab.run("document.querySelector('.pair h4').textContent") == "few"
    assert tab.run("document.querySelectorAll('.pair dl').length") == 2
    choose(tab, "#live-compare label:last-of-type select", "counts")
    assert tab.run("document.querySelector('.pair > div:last-child h4').textContent") == "counts"
    in_address(tab, "right=counts")


def use_links(tab: Browser) -> None:
    press(tab, "#detect tbody tr td")
    assert tab.run("[...document.querySelectorAll('tr.chosen')].every(row => row.dataset.variant === 'plain')")
    assert tab.run("document.querySelectorAll('tr.chosen').length") > 1
    assert tab.run("document.querySelector('#live-threshold select').value") == "plain"
    for variant, key in (("restores", "Enter"), ("few", " ")):
        press_key(tab, f"#detect tbody tr[data-variant={variant}]", key)
        marked = tab.run("[...document.querySelectorAll('tr.chosen')].map(row => row.dataset.variant)")
        assert set(marked) == {variant}
    press(tab, "#live-explore .classes .chosen")
    press(tab, "#detect details th[data-class='1']")
    assert tab.run("document.querySelector('#live-explore .classes .chosen').textContent") == "bag"


def use_ledger_links(tab: Browser) -> None:
    chosen = "document.querySelector('#detect tr.chosen').dataset.variant"
    figures = "document.querySelectorAll('#ledger span.chosen').length"
    press(tab, "#acceptance tr[data-variant=plain] td")
    assert (tab.run(chosen), tab.run(figures) > 1) == ("plain", True)
    press(tab, "#detect tbody tr[data-variant=few] td")
    assert tab.run(figures) == 0
    press(tab, "#ledger span[data-variant=plain]")
    assert (tab.run(chosen), tab.run(figures) > 1) == ("plain", True)


def use_pictures(tab: Browser) -> None:
    press(tab, ".named i[data-variant=plain]")
    assert tab.run("document.querySelector('#detect tr.chosen').dataset.variant") == "plain"
    press(tab, "#detect tbody tr[data-variant=restores] td")
    marked = "[...document.querySelectorAll('.named i.chosen')].filter(place => place.dataset.variant)"
    assert tab.run(f"[...new Set({marked}.map(place => place.dataset.variant))]") == ["restores"]
    assert tab.run(f"{marked}.every(({{parentElement}}) => parentElement.querySelector('img'))")
    press(tab, ".named i[data-class='1']")
    assert tab.run("document.querySelector('#live-explore .classes .chosen').textContent") == "bag"
    press(tab, "#variants .pictures[data-variant=few] img")
    assert tab.run("document.querySelector('#detect tr.chosen').dataset.variant") == "few"


def use_ledger(tab: Browser) -> None:
    shown = "[...document.querySelectorAll('#ledger tbody tr')].filter(row => !row.hidden).length"
    claims = CLAIMS["claims"]
    choose(tab, "#ledger select[data-filter=lecture]", "two")
    assert tab.run(shown) == sum(claim["lecture"] == "two" for claim in claims) < len(claims)
    choose(tab, "#ledger select[data-filter=lecture]", "")
    verdict = claims[0]["verdict"]
    choose(tab, "#ledger select[data-filter=verdict]", captions.VERDICTS[verdict])
    assert tab.run(shown) == sum(claim["verdict"] == verdict for claim in claims) < len(claims)
    choose(tab, "#ledger select[data-filter=lecture]", "two")
    assert tab.run(shown) == 0


@needs_chromium
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_every_control_works_in_a_browser(built: Path, width: int, scheme: str) -> None:
    with browser() as tab:
        tab.size(width, scheme=scheme)
        tab.open(built)
        tab.wait("document.querySelector('#live')?.dataset.ready")
        assert float(tab.run("document.getElementById('badge').dataset.difference")) < live.TOLERANCE
        assert tab.run("document.getElementById('badge').className") == "pass"
        for use in (use_explore, use_attempt, use_generate, use_denoise, use_masked, use_threshold):
            use(tab)
        for use in (use_compare, use_links, use_pictures, use_ledger_links, use_ledger, use_tables, use_links_to_parts):
            use(tab)
        assert_readable(tab, width)
        assert tab.problems() == [built.as_uri()]


@needs_chromium
def test_a_followed_link_changes_what_is_shown(built: Path) -> None:
    threshold = "document.querySelector('#live-threshold input').value"
    with browser() as tab:
        tab.open(built)
        tab.wait("document.querySelector('#live')?.dataset.ready")
        own = tab.run(threshold)
        link = "#live&variant=plain&detector=few&threshold=7&at.vae_2d=0.5,0.25&share=0.25"
        tab.run(f"location.hash = {json.dumps(link)}")
        tab.wait(f"{threshold} === '7'")
        assert tab.run("document.querySelector('#live-threshold select').value") == "few"
        assert tab.run("document.querySelector('#live-generate .row .row input').value") == "0.25"
        point = "document.querySelectorAll('.plane')[1].querySelector('.value').textContent"
        tab.wait(f"{point} === '(0.50, 0.25)'")
        # A detector that is chosen in the page starts at its own threshold.
        choose(tab, "#live-threshold select", "plain")
        assert tab.run(threshold) == own != "7"
        # A link to a part keeps what is chosen.
        tab.run("location.hash = '#detect'")
        in_address(tab, "#detect&variant=plain")
        assert tab.problems() == [built.as_uri()]


@needs_chromium
@pytest.mark.parametrize("hash_", ["#live&kind=%E0%A4%A&class=99&image=99", "#%E0%A4%A"])
def test_a_damaged_link_stops_no_control(built: Path, hash_: str) -> None:
    with browser() as tab:
        tab.open(built, hash_)
        tab.wait("document.querySelector('#live')?.dataset.ready")
        assert tab.run("document.getElementById('badge').className") == "pass"
        assert tab.problems() == [built.as_uri()]


@needs_chromium
def test_a_link_to_a_part_shows_it(built: Path) -> None:
    with browser() as tab:
        tab.open(built, "#detect&image=2")
        tab.wait("document.querySelector('#live')?.dataset.ready")
        assert tab.run("document.getElementById('detect').getBoundingClientRect().top < innerHeight")
        assert tab.run("scrollY") > 0


@needs_chromium
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_rendered_page_works_in_a_browser(width: int, scheme: str) -> None:
    if not layout.PAGE.exists():
        pytest.skip("the report was not rendered here")
    with browser() as tab:
        tab.size(width, scheme=scheme)
        tab.open(layout.PAGE)
        tab.wait("document.querySelector('#live')?.dataset.ready")
        assert tab.run("document.getElementById('badge').className") == "pass"
        assert float(tab.run("document.getElementById('badge').dataset.difference")) < live.TOLERANCE
        for use in (use_explore, use_threshold, use_tables, use_links_to_parts):
            use(tab)
        assert_readable(tab, width)
        assert tab.problems() == [layout.PAGE.resolve().as_uri()]


@needs_chromium
def test_a_link_shows_what_was_chosen(built: Path) -> None:
    with browser() as tab:
        tab.open(built, "#live&image=2&threshold=7&noise=0.3&generator=cvae_beta&left=few&at.vae_2d=0.5,0.25")
        tab.wait("document.querySelector('#live')?.dataset.ready")
        assert tab.run("document.querySelector('#live-attempt .thumbnail[aria-pressed]').dataset.image") == "2"
        assert tab.run("document.querySelector('#live-threshold input').value") == "7"
        assert tab.run("document.querySelector('#live-denoise input').value") == "0.3"
        assert tab.run("document.querySelector('#live-generate select').value") == "cvae_beta"
        assert tab.run("document.querySelector('.pair h4').textContent") == "few"
        assert tab.run("document.querySelectorAll('.plane')[1].querySelector('.value').textContent") == "(0.50, 0.25)"
        assert tab.problems() == [built.as_uri()]


# Keeps a network packed until `release` is called.
HELD = """(() => {
  const released = new Promise((done) => (window.release = done));
  const [find, unpack] = [document.getElementById, Response.prototype.arrayBuffer];
  let held = false;
  document.getElementById = (id) => {
    held = id === "network-%s";
    return find.call(document, id);
  };
  Response.prototype.arrayBuffer = async function () {
    if (held) await released;
    return unpack.call(this);
  };
})()"""


@needs_chromium
@pytest.mark.parametrize(
    ("select", "late", "first", "shown"),
    [
        ("#live-generate select", "cvae_beta", "cvae_cross_attention", "#live-generate .generated canvas"),
        ("#live-generate .row .row select", "pca", "undercomplete_2d", "#live-generate .row > .large canvas"),
    ],
)
def test_a_network_that_arrives_late_changes_nothing(
    built: Path, select: str, late: str, first: str, shown: str
) -> None:
    with browser() as tab:
        tab.send("Page.addScriptToEvaluateOnNewDocument", source=HELD % late)
        tab.open(built)
        tab.wait(f"document.querySelector({json.dumps(select)})")
        choose(tab, select, late)
        choose(tab, select, first)
        slide(tab, ".sliders input", 2.9)
        chosen = pixels(tab, shown)
        tab.run("release()")
        tab.wait("document.querySelector('#live').dataset.ready")
        assert pixels(tab, shown) == chosen
        choose(tab, select, late)
        assert pixels(tab, shown) != chosen
        assert tab.problems() == [built.as_uri()]


@needs_chromium
def test_scripts_speak_the_language_of_the_page(spanish: Path) -> None:
    with browser() as tab:
        tab.size(1280)
        tab.open(spanish)
        tab.wait("document.getElementById('live')?.dataset.ready === 'true'")
        text = tab.run("document.getElementById('live').innerText")
    assert re.search(r"redes coinciden con PyTorch: mayor diferencia \d,\de-\d", text)
    assert re.search(r"error \d,\d{4}\b", text)
    assert re.search(r"\(-?\d,\d\d; -?\d,\d\d\)", text)
    assert english_in(text) == []
