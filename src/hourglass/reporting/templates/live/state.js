// What is chosen, kept in the URL's hash: #section&image=3&variant=vae. Controls set values and follow those of others.
const state = (() => {
  const followers = {};
  const parts = () => location.hash.slice(1).split("&").map(decodeURIComponent);
  const read = () => Object.fromEntries(parts().slice(1).map((part) => part.split(/=(.*)/s).slice(0, 2)));
  let values = read();

  const tell = (key) => (followers[key] ?? []).forEach((follow) => follow(values[key]));
  const write = () => {
    const pairs = Object.entries(values).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
    history.replaceState(null, "", `#${[parts()[0] || "live", ...pairs].join("&")}`);
  };

  addEventListener("hashchange", () => {
    const before = values;
    const now = read();
    // A link to a part of the page says nothing about what is chosen.
    if (parts().length === 1) return write();
    values = now;
    for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) if (before[key] !== now[key]) tell(key);
  });

  return {
    get: (key, otherwise) => values[key] ?? otherwise,
    number: (key, otherwise) => (Number.isFinite(parseFloat(values[key])) ? parseFloat(values[key]) : otherwise),
    set: (key, value) => {
      if (values[key] === String(value)) return;
      values[key] = String(value);
      write();
      tell(key);
    },
    follow: (key, follow) => (followers[key] ??= []).push(follow),
  };
})();
