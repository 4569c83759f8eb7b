// What belongs to the chosen variant, class or image is marked wherever it is shown.
const startLinking = () => {
  const mark = (key) => {
    const value = state.get(key);
    document.querySelectorAll(`[data-${key}]`).forEach((element) => element.classList.toggle("chosen", value !== undefined && element.dataset[key] === value));
  };
  for (const key of ["variant", "class", "image"]) {
    state.follow(key, () => mark(key));
    mark(key);
  }
  // New elements come and go with every control.
  document.getElementById("live").addEventListener("drawn", () => ["variant", "class", "image"].forEach(mark));
  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-variant]");
    if (row && !event.target.closest("a, button, select, input, canvas.map")) state.set("variant", row.dataset.variant);
  });
};
