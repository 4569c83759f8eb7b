"""What a reader does with a page in a browser: press, slide, choose, type a key, drag."""

import json

from tests.reporting.browser import Browser

KEYS = {"Enter": ("\r", 13), " ": (" ", 32)}


def press(tab: Browser, selector: str, place: int = 0) -> None:
    tab.run(f"document.querySelectorAll({json.dumps(selector)})[{place}].click()")


def press_key(tab: Browser, selector: str, key: str) -> None:
    """Press Enter or Space on the element, which has to take the focus."""
    element = f"document.querySelector({json.dumps(selector)})"
    assert tab.run(f"{element}.focus() ?? document.activeElement === {element}"), selector
    text, number = KEYS[key]
    for kind in ("keyDown", "keyUp"):
        typed = {"text": text} if kind == "keyDown" else {}
        tab.send("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=number, **typed)


def slide(tab: Browser, selector: str, value: float) -> None:
    tab.run(
        f"(() => {{ const input = document.querySelector({json.dumps(selector)}); input.value = {value};"
        "input.dispatchEvent(new Event('input', {bubbles: true})); })()"
    )


def choose(tab: Browser, selector: str, value: str) -> None:
    tab.run(
        f"(s => {{ s.value = {json.dumps(value)}; s.dispatchEvent(new Event('change')); }})"
        f"(document.querySelector({json.dumps(selector)}))"
    )


def pointer(tab: Browser, selector: str, x: float, y: float, start: tuple[float, float] | None = None) -> None:
    """Press at `start`, or else where it ends, drag and release at shares of an element's width and height."""
    tab.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
    element = f"document.querySelector({json.dumps(selector)})"
    box = tab.run(f"(b => [b.left, b.top, b.width, b.height])({element}.getBoundingClientRect())")
    for kind, place in (("mousePressed", start or (x, y)), ("mouseMoved", (x, y)), ("mouseReleased", (x, y))):
        where = {"x": box[0] + place[0] * box[2], "y": box[1] + place[1] * box[3]}
        tab.send("Input.dispatchMouseEvent", type=kind, button="left", buttons=1, clickCount=1, **where)


def pixels(tab: Browser, selector: str) -> str:
    """Content of a canvas, after what was asked for was drawn."""
    return str(
        tab.run(
            "new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => "
            f"done(document.querySelector({json.dumps(selector)}).toDataURL()))), 150))"
        )
    )
