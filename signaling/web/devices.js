/** Camera, microphone, loudspeaker of this device: opening, choosing, hearing, testing. */

import { t } from "./strings.js";

const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const VIDEO = { width: { ideal: 640, max: 1280 }, height: { ideal: 480, max: 720 }, frameRate: { ideal: 25, max: 30 } };
const CHOICE = "visiojury.devices";

/** @typedef {{audioinput: string, videoinput: string, audiooutput: string}} Choice */

/** The devices chosen in this tab. @returns {Choice} */
export function choice() {
  const none = { audioinput: "", videoinput: "", audiooutput: "" };
  return { ...none, ...JSON.parse(sessionStorage.getItem(CHOICE) ?? "{}") };
}

/** @param {Partial<Choice>} changed */
export function choose(changed) {
  sessionStorage.setItem(CHOICE, JSON.stringify({ ...choice(), ...changed }));
}

/**
 * Open microphone and camera as chosen.
 * @param {{withVideo?: boolean}} [options] @returns {Promise<MediaStream>}
 */
export function open({ withVideo = true } = {}) {
  const { audioinput, videoinput } = choice();
  if (navigator.mediaDevices === undefined) throw new DOMException("", "SecurityError");
  return navigator.mediaDevices.getUserMedia({
    audio: { ...AUDIO, ...(audioinput === "" ? {} : { deviceId: { ideal: audioinput } }) },
    video: withVideo && { ...VIDEO, ...(videoinput === "" ? {} : { deviceId: { ideal: videoinput } }) },
  });
}

/** @returns {Promise<Record<keyof Choice, MediaDeviceInfo[]>>} */
export async function list() {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (/** @type {string} */ kind) => all.filter((device) => device.kind === kind && device.deviceId !== "");
  return { audioinput: of("audioinput"), videoinput: of("videoinput"), audiooutput: of("audiooutput") };
}

/** Say what to do when the browser gave no device. @param {unknown} error @returns {string} */
export function help(error) {
  let name = error instanceof DOMException ? error.name : "";
  // Chromium says so in its message alone: the site may, the machine's own settings forbid it.
  if (name === "NotAllowedError" && /system/i.test(/** @type {DOMException} */ (error).message)) name = "forbiddenBySystem";
  return /** @type {Record<string, string>} */ (t.devices.help)[name] ?? t.devices.help.other;
}

/**
 * Call `show` with the level of the microphone, 0 to 1, ten times a second.
 * @param {MediaStream} stream @param {(level: number) => void} show @returns {() => void} ends it
 */
export function meter(stream, show) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    // -60 dB is silence, -10 dB a loud voice.
    show(Math.max(0, Math.min(1, (10 * Math.log10(power + 1e-9) + 60) / 50)));
  }, 100);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}

/** Keep the screen from sleeping while this page is shown; a browser that cannot goes without. */
export function keepAwake() {
  const ask = () => {
    if (document.visibilityState !== "visible") return;
    navigator.wakeLock?.request("screen").catch((error) => console.info("screen.not_kept_awake", error.name));
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}

/** Play two short notes on the chosen loudspeaker. */
export async function playTest() {
  const context = new AudioContext();
  const { audiooutput } = choice();
  const sink = /** @type {any} */ (context);
  if (audiooutput !== "" && sink.setSinkId !== undefined) await sink.setSinkId(audiooutput);
  for (const [index, frequency] of [523.25, 659.25].entries()) {
    const at = context.currentTime + 0.05 + index * 0.45;
    const tone = new OscillatorNode(context, { frequency });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setTargetAtTime(0.25, at, 0.02);
    gain.gain.setTargetAtTime(0, at + 0.3, 0.05);
    tone.connect(gain).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.8);
    if (index === 1) tone.onended = () => void context.close();
  }
}
