// Compares every network with PyTorch on its examples, and says by how much they differ.
const startBadge = async (element) => {
  const ids = LIVE.networks.map(({ name }) => name);
  if (LIVE.detector) ids.push("detector-of-the-page");
  let largest = 0;
  const rows = [];
  for (const id of ids) {
    const difference = (await networks.load(id)).check();
    const about = networks.about(id) ?? LIVE.detector;
    rows.push([about.name, difference, about]);
    largest = Math.max(largest, difference);
    element.textContent = counted(WORDS.checking, { done: rows.length, count: ids.length });
    await new Promise((resolve) => setTimeout(resolve));
  }
  const same = largest <= LIVE.tolerance;
  element.textContent = counted(same ? WORDS.same : WORDS.different, { count: rows.length, difference: small(largest) });
  element.className = same ? "pass" : "fail";
  element.dataset.difference = largest;
  document.getElementById("live-networks").append(
    ...rows.map(([name, difference, about]) =>
      make("tr", { "data-variant": name }, make("th", { scope: "row", textContent: about.title ?? name }),
        ...[number(about.parameters), about.levels, small(difference), number(about.difference, { minimumSignificantDigits: 2, maximumSignificantDigits: 2 }), about.cost]
          .map((text) => make("td", { textContent: text }))),
    ),
  );
};
