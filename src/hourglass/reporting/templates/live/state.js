// What is chosen, kept in the URL's hash: #section&image=3&variant=vae. Controls set values and follow those of others.
const state = (() => {
  const PAUSE = 400; // milliseconds; Safari refuses more than 100 changes of the address in 30 s
  const followers = {};
  // As it is where a % belongs to no character.
  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  const parts = () => location.hash.slice(1).split("&").map(decoded);
  const read = () => Object.fromEntries(parts().slice(1).map((part) => part.split(/=(.*)/s).slice(0, 2)));
  let values = read();

  const notify = (key, byReader) => (followers[key] ?? []).forEach((follow) => follow(values[key], byReader));
  let waiting;
  const write = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const pairs = Object.entries(values).filter(([, value]) => value !== "").map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
      try {
        history.replaceState(null, "", `#${[parts()[0] || "live", ...pairs].join("&")}`);
      } catch {
        // Refused: the address stays as it is, the page works on.
      }
    }, PAUSE);
  };

  addEventListener("hashchange", () => {
    const before = values;
    const now = read();
    // A link to a part of the page says nothing about what is chosen.
    if (parts().length === 1) return write();
    values = now;
    for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) if (before[key] !== now[key]) notify(key, false);
  });

  return {
    part: () => parts()[0],
    get: (key, otherwise) => values[key] ?? otherwise,
    number: (key, otherwise) => (Number.isFinite(parseFloat(values[key])) ? parseFloat(values[key]) : otherwise),
    set: (key, value) => {
      if (values[key] === String(value)) return;
      values[key] = String(value);
      notify(key, true);
      write();
    },
    // Calls `follow` with each new value, and whether the reader chose it in the page or followed a link.
    follow: (key, follow) => (followers[key] ??= []).push(follow),
  };
})();
