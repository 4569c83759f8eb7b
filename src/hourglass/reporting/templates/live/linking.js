// What belongs to the chosen variant, class or image is marked wherever it is shown; tables choose variants and classes.
const LINKED = ["variant", "class", "image"];
// What does something else when it is pressed.
const OTHER = "a, button, select, input, label, canvas.map, [role=button]";

const startLinking = () => {
  const mark = (key) => {
    const value = state.get(key);
    document.querySelectorAll(`[data-${key}]`).forEach((element) => element.classList.toggle("chosen", value !== undefined && element.dataset[key] === value));
  };
  const choose = (element) => {
    for (const key of ["variant", "class"]) {
      const value = element.closest(`[data-${key}]`)?.dataset[key];
      if (value !== undefined) state.set(key, value);
    }
  };
  // New elements come and go with every control.
  const renew = () => {
    LINKED.forEach(mark);
    document.querySelectorAll("tr[data-variant], th[data-class]").forEach((cell) => (cell.tabIndex = 0));
  };
  describeTables();
  renew();
  LINKED.forEach((key) => state.follow(key, () => mark(key)));
  document.getElementById("live").addEventListener("drawn", renew);
  document.addEventListener("click", ({ target }) => target.closest(OTHER) || choose(target));
  pressedByKey(document, "tr, th", choose);
};

// Tables of the report have names of variants in the first column, or of classes in the head.
const describeTables = () => {
  const variants = [...document.querySelectorAll("#variants > details")].map(({ id }) => id);
  for (const table of document.querySelectorAll("main > section:not(#live) table")) {
    const classes = [...table.tHead.rows[0].cells].map((head) => LIVE.classes.indexOf(head.textContent));
    for (const row of table.rows) {
      const name = row.cells[0].textContent.trim();
      if (variants.includes(name)) row.dataset.variant = name;
      classes.forEach((number, column) => number < 0 || (row.cells[column].dataset.class = number));
    }
  }
};
