const thumbnail = (i) => {
  const canvas = picture(pool.shape);
  canvas.removeAttribute("role");
  paint(canvas, pool.rows[i], pool.shape);
  return canvas;
};

// A strip of the test images to choose from, and buttons for the classes.
const picker = (label, pick) => {
  const strip = make("div", { className: "strip", role: "group", "aria-label": label });
  pool.rows.forEach((_, i) => {
    const name = `${pool.className(i)} ${i + 1}`;
    const button = make("button", { type: "button", title: name, "aria-label": name, className: "thumbnail" }, thumbnail(i));
    button.dataset.class = pool.labels[i];
    button.dataset.image = i;
    button.addEventListener("click", () => pick(i));
    strip.append(button);
  });
  return strip;
};

const classButtons = (label, pick) => {
  const group = make("div", { className: "classes", role: "group", "aria-label": label });
  LIVE.classes.forEach((name, number) => {
    const button = make("button", { type: "button", textContent: name });
    button.dataset.class = number;
    button.style.setProperty("--colour", classColour(number));
    button.addEventListener("click", () => pick(number));
    group.append(button);
  });
  return group;
};

// Enter or Space on an element that `selector` matches, within `root`, does what a click does.
const pressedByKey = (root, selector, choose) =>
  root.addEventListener("keydown", (event) => {
    if (!event.target.matches(selector) || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    choose(event.target);
  });

// Makes an element a button.
const pressable = (element, choose) => {
  Object.assign(element, { tabIndex: 0, role: "button" });
  element.addEventListener("click", choose);
  pressedByKey(element, "[role=button]", choose);
};

// A select of names; `key` is where the state has the choice, `initial` what is chosen before there is one.
const chooser = (label, names, key, change, initial = names[0]) => {
  const select = make("select", {}, ...names.map((name) => make("option", { value: name, textContent: name })));
  const now = () => (names.includes(state.get(key)) ? state.get(key) : initial);
  select.value = now();
  select.addEventListener("change", () => state.set(key, select.value));
  state.follow(key, () => {
    select.value = now();
    change();
  });
  return { element: make("label", { className: "field" }, `${label} `, select), input: select, value: () => select.value };
};

const plainNumber = (value) => number(value, { maximumFractionDigits: 3 });

const slider = (label, { min, max, step, value, format = plainNumber }, change) => {
  const output = make("output");
  const input = make("input", { type: "range", min, max, step });
  input.value = value;
  const show = () => (output.textContent = format(parseFloat(input.value)));
  input.addEventListener("input", () => {
    show();
    change(parseFloat(input.value));
  });
  show();
  const set = (number) => {
    input.value = number;
    show();
  };
  return { element: make("label", { className: "field" }, `${label} `, input, " ", output), input, set, value: () => parseFloat(input.value) };
};
