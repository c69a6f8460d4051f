/** Stations whose last test failed, for the agents of both offices to see (B5). */

import { h } from "../dom.js";
import { hour } from "../format.js";
import { t } from "../strings.js";

/** @param {import("../main.js").App} app */
export function failedStations(app) {
  const failed = Object.entries(app.state.stations).filter(([, test]) => !test.is_good);
  if (failed.length === 0) return null;
  return h("section", { key: "stations", class: "card calling", testid: "stations" },
    h("h2", { class: "small-title" }, t.stations.title),
    h("ul", { class: "lines" }, failed.map(([station, test]) => h("li", { key: station },
      t.pair(station, t.stations.failed(app.state.offices[test.office_id].name, hour(test.tested_ms, app.zone()))),
      h("span", { class: "block muted" }, test.remarks)))));
}
