// Starts the controls one after the other, with a pause after each, so that the page answers meanwhile.
const CONTROLS = {
  explore: startExplore, attempt: startAttempt, generate: startGenerate, denoise: startDenoise, threshold: startThreshold, compare: startCompare,
};

const startLive = async () => {
  const section = document.getElementById("live");
  await pool.load();
  section.hidden = false;
  document.getElementById("live-link").hidden = false;
  if (state.part() === section.id) section.scrollIntoView();
  startLinking();
  for (const [name, start] of Object.entries(CONTROLS)) {
    const root = document.querySelector(`#live-${name} .play`);
    if (!root) continue;
    try {
      await start(root);
    } catch (error) {
      // The other controls work without it.
      console.error(error);
      root.append(make("p", { className: "note", textContent: WORDS.failed }));
    }
    section.dispatchEvent(new Event("drawn"));
    await new Promise((resolve) => setTimeout(resolve));
  }
  await startBadge(document.getElementById("badge"));
  section.dispatchEvent(new Event("drawn"));
  section.dataset.ready = "true";
};

startLive();
