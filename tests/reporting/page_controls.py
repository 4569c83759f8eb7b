"""Controls that every rendered report has: tables that sort, links to its parts. And whether all can be read."""

from typing import Any

from tests.reporting.actions import press_key
from tests.reporting.browser import Browser

# What a screen reader could not name.
UNNAMED = """[...document.querySelectorAll("img, [role=img], button, select, input")]
  .filter((one) => !(one.alt || one.ariaLabel || one.textContent || one.closest("label")))
  .map((one) => one.outerHTML)"""

# Marked names that do not lie on their picture.
OUTSIDE = """[...document.querySelectorAll(".named i")].filter((place) => {
  const [box, image] = [place, place.parentElement.querySelector("img")].map((one) => one.getBoundingClientRect());
  return box.width < 1 || box.left < image.left - 1 || box.right > image.right + 1
    || box.top < image.top - 1 || box.bottom > image.bottom + 1;
}).length"""

# Presses each head of each sortable table twice; the directions, and the column's values from above, after each press.
SORTED = """[...document.querySelectorAll("table.sortable")].flatMap((table) => {
  const heads = [...table.tHead.rows[0].cells];
  return heads.map((head, column) => {
    const press = () => {
      head.querySelector("button").click();
      return {
        directions: heads.map((one) => one.getAttribute("aria-sort")),
        values: [...table.tBodies[0].rows].map((row) => row.cells[column].dataset.value ?? null),
      };
    };
    const where = `${table.closest("section").id}: ${head.textContent}`;
    return { column, where, better: head.dataset.better ?? "", presses: [press(), press()] };
  });
})"""

# Targets of links that nothing in the page has.
DEAD = """[...document.querySelectorAll("a[href^='#']")].map((link) => link.hash.slice(1))
  .filter((target) => !document.getElementById(target))"""

# Follows one link to each target, all folds closed before; targets that do not open, or do not come into view.
UNSHOWN = """(async () => {
  const links = Object.groupBy(document.querySelectorAll(%s), (link) => link.hash.slice(1));
  const unshown = [];
  for (const [target, [link]] of Object.entries(links)) {
    const element = document.getElementById(target);
    document.querySelectorAll("#variants > details").forEach((fold) => (fold.open = false));
    scrollTo(0, 0);
    const followed = new Promise((done) => addEventListener("hashchange", done, { once: true }));
    link.click();
    await Promise.race([followed, new Promise((done) => setTimeout(done, 2000))]);
    const { top } = element.getBoundingClientRect();
    const low = document.documentElement.scrollHeight - innerHeight - scrollY;
    if (element.open === false || !(Math.abs(top) < 2 || low < 2)) unshown.push([target, element.open, top, low]);
  }
  return [Object.keys(links).length, unshown];
})()"""


def use_tables(tab: Browser) -> None:
    heads = tab.run(SORTED)
    assert {head["better"] for head in heads} == {"", "min", "max"}
    for head in heads:
        # The best is on top first, the worst after a second press.
        best_first = "ascending" if head["column"] == 0 or head["better"] == "min" else "descending"
        other = "descending" if best_first == "ascending" else "ascending"
        for direction, pressed in zip((best_first, other), head["presses"], strict=True):
            assert_sorted(pressed, head["column"], direction, head["where"])
    first = "document.querySelector('#detect table.sortable tbody tr').dataset.variant"
    names = []
    for key in (" ", "Enter"):
        press_key(tab, "#detect table.sortable thead button", key)
        names.append(tab.run(first))
    assert names[0] < names[1]


def assert_sorted(pressed: dict[str, Any], column: int, direction: str, where: str) -> None:
    """Only this column says that it is sorted; it is, and rows without a value stay at the end."""
    expected = ["none"] * len(pressed["directions"])
    expected[column] = direction
    assert pressed["directions"] == expected, where
    known = [value for value in pressed["values"] if value is not None]
    assert pressed["values"] == known + [None] * (len(pressed["values"]) - len(known)), where
    order = known if column == 0 else [float(value) for value in known]
    assert order == sorted(order, reverse=direction == "descending"), where


def use_links_to_parts(tab: Browser) -> None:
    assert tab.run(DEAD) == []
    for links in ("#detect tbody a", "#ledger tbody a", "nav a"):
        count, unshown = tab.run(UNSHOWN % repr(links))
        assert count > 0, links
        assert unshown == [], links


def assert_readable(tab: Browser, width: int) -> None:
    """Nothing is wider than the screen, controls and pictures have names, marked names lie on their pictures."""
    assert tab.run("document.documentElement.scrollWidth") <= width
    assert tab.run(UNNAMED) == []
    assert tab.run(OUTSIDE) == 0
