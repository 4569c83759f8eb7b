// Two variants side by side: their metrics with intervals, and their pictures, as their folds have them.
const COMPARED = ["reconstructions", "samples"];

const startCompare = (root) => {
  const names = [...document.querySelectorAll("#variants > details")].map(({ id }) => id);
  if (names.length < 2) return root.remove();
  const out = make("div", { className: "pair" });
  const show = () => out.replaceChildren(...selects.map((select) => column(select.value())));
  const selects = ["left", "right"].map((key, place) => chooser(WORDS[key], names, key, show, names[place]));
  root.append(make("div", { className: "row" }, ...selects.map(({ element }) => element)), out);
  show();
};

const column = (name) => {
  const fold = document.getElementById(name);
  const pictures = COMPARED.map((picture) => fold.querySelector(`figure[data-picture="${name}/${picture}"]`)).filter(Boolean);
  const parts = [fold.querySelector("dl"), ...pictures].filter(Boolean).map((part) => part.cloneNode(true));
  return make("div", { "data-variant": name }, make("h4", { textContent: name }), ...parts);
};
