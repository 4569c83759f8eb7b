// Show the claims of one lecture, or of one verdict.
document.querySelectorAll("#ledger .filters").forEach((filters) => {
  const rows = [...document.querySelectorAll("#ledger tbody tr")];
  const selects = [...filters.querySelectorAll("select")];
  const shown = filters.querySelector("output");
  const apply = () => {
    rows.forEach((row) => {
      row.hidden = selects.some((select) => select.value && row.dataset[select.dataset.filter] !== select.value);
    });
    const count = rows.filter((row) => !row.hidden).length;
    shown.value = shown.dataset.text.replace("{count}", count).replace("{total}", rows.length);
  };
  selects.forEach((select) => select.addEventListener("change", apply));
  filters.hidden = false;
  apply();
});
