// Sort a table by the clicked column; rows without a figure stay at the end.
document.querySelectorAll("table.sortable").forEach((table) => {
  table.querySelectorAll("thead button").forEach((button, column) => {
    button.addEventListener("click", () => {
      const head = button.parentElement;
      // The first click shows the best first, whichever end that is.
      const bestFirst = head.dataset.better === "min" || column === 0 ? "ascending" : "descending";
      const now = head.getAttribute("aria-sort");
      const down = (now === "none" ? bestFirst : now === "ascending" ? "descending" : "ascending") === "descending";
      table.querySelectorAll("thead th").forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.children[column].dataset.value;
      const compare = (a, b) => {
        const [x, y] = [value(a), value(b)];
        if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
        const order = column === 0 ? x.localeCompare(y) : Number(x) - Number(y);
        return down ? -order : order;
      };
      const body = table.tBodies[0];
      [...body.rows].sort(compare).forEach((row) => body.append(row));
    });
  });
});

// A link to a variant opens its fold. What is chosen may follow the name of a part, so browsers do not find it.
const showPart = () => {
  const target = document.getElementById(location.hash.slice(1).split("&")[0]);
  if (target?.tagName === "DETAILS") target.open = true;
  target?.scrollIntoView();
};
addEventListener("hashchange", showPart);
showPart();
