// What a page showed, and when: milliseconds since the epoch, noted inside the page itself.
(() => {
  const now = () => performance.timeOrigin + performance.now();
  const seen = { pictures: {}, banners: [], clock: [] };
  globalThis.vjSeen = seen;

  const hooked = new WeakSet();
  function watchPicture(video) {
    if (hooked.has(video)) return;
    hooked.add(video);
    const note = () => {
      const tile = video.closest("[data-testid^=tile-]")?.dataset.testid;
      if (tile) {
        const shown = (seen.pictures[tile.slice("tile-".length)] ??= []);
        shown.push(now());
        if (shown.length > 500) shown.shift();
      }
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
  }

  const open = new Map();
  function watchBanners() {
    for (const name of ["outage-banner", "outage-own"]) {
      const isShown = document.querySelector(`[data-testid=${name}]`) !== null;
      if (isShown && !open.has(name)) {
        const banner = { name, shown: now(), gone: null };
        seen.banners.push(banner);
        open.set(name, banner);
      } else if (!isShown && open.has(name)) {
        open.get(name).gone = now();
        open.delete(name);
      }
    }
  }

  new MutationObserver(() => {
    document.querySelectorAll("video").forEach(watchPicture);
    watchBanners();
  }).observe(document, { childList: true, subtree: true });

  setInterval(() => {
    const clock = document.querySelector("vj-clock");
    clock?.refresh(); // What it says now; a page short of processor draws it late.
    if (clock?.dataset.remainingMs === undefined) return;
    seen.clock.push({ at: now(), remaining_ms: Number(clock.dataset.remainingMs), runs: clock.dataset.runs === "true" });
    if (seen.clock.length > 2_000) seen.clock.shift();
  }, 100);
})();
