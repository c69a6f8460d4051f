// What a page showed, and when: milliseconds since the epoch, noted inside the page itself.
(() => {
  // A camera that plays a file is called after the path: no path of a machine belongs into a picture.
  const { get: label } = Object.getOwnPropertyDescriptor(MediaDeviceInfo.prototype, "label");
  Object.defineProperty(MediaDeviceInfo.prototype, "label", {
    get() {
      return label.call(this).replace(/^\/.*/, "Caméra intégrée");
    },
  });

  const REARM_MS = 500;
  const now = () => performance.timeOrigin + performance.now();
  const seen = { pictures: {}, banners: [], clock: [], clicks: 0, keys: 0 };
  globalThis.vjSeen = seen;
  // What a hand did, not what a script did.
  addEventListener("click", ({ isTrusted }) => { seen.clicks += Number(isTrusted); }, true);
  addEventListener("keydown", ({ isTrusted }) => { seen.keys += Number(isTrusted); }, true);

  const hooked = new WeakSet();
  function watchPicture(video) {
    if (hooked.has(video)) return;
    hooked.add(video);
    const note = () => {
      const tile = video.closest("[data-testid^=tile-]")?.dataset.testid;
      if (tile) (seen.pictures[tile.slice("tile-".length)] ??= []).push(now());
      // The first after an absence is what counts; every single one would cost too much.
      setTimeout(() => video.requestVideoFrameCallback(note), REARM_MS);
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
