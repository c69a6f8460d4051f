/** What is on every page of the session: whose it is, the state of the link, banners, contacts. */

import { refusal } from "../acts.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { signOut } from "../leaving.js";
import { t } from "../strings.js";
import { boardNav } from "./board.js";
import { ownCheck, refusedBanners } from "./identity.js";
import { ownOrder } from "./order.js";
import { outageBanners } from "./outages.js";
import { ownAccess } from "./ownaccess.js";
import { registerBar } from "./register.js";
import { toolbar } from "./toolbar.js";

/** @param {import("../main.js").App} app @param {import("../dom.js").Child} content */
export function shell(app, content) {
  return [
    h("a", { key: "skip", class: "skip", href: "#content" }, t.skip),
    header(app),
    boardNav(app),
    h("div", { key: "banners", class: "banners", role: "region", "aria-label": t.header.banners }, registerBar(app), ownAccess(app), refusedBanners(app), ownCheck(app), ownOrder(app), restartBanner(app), outageBanners(app)),
    app.hasLostDevice && lostDevice(app),
    h("main", { key: "main", id: "content", tabindex: "-1" }, content),
    app.mode === "room" && app.media !== null && toolbar(app),
    contacts(app),
  ];
}

/** @param {import("../main.js").App} app */
function header(app) {
  const { session } = app.state;
  const isCut = app.socket.isSilent || !app.socket.isOpen;
  return h("header", { key: "header", class: "top" },
    h("div", { class: "top-title" },
      h("p", { class: "wordmark" }, t.product),
      h("div", null,
        h("p", { class: "session-title" }, session.title,
          session.purpose === "rehearsal" && h("span", { class: "tag warn" }, t.rehearsal)),
        h("p", { class: "session-sub" }, `${session.diploma_title}, ${t.routes[session.route]}`))),
    h("div", { class: "top-me" },
      h("p", { class: "me-name" }, app.me.name, h("span", { class: "block" }, t.roles[app.me.role])),
      h("p", { class: `link ${isCut ? "bad" : "good"}`, role: "status", testid: "link" },
        icon(isCut ? "cut" : "check"), isCut ? t.header.linkLost : t.header.linkGood),
      app.me.role !== "station" && leave(app)));
}

/** @param {import("../main.js").App} app */
function leave(app) {
  const { isArmed, isPending, refusal: refused } = app.acts.of("sign-out");
  const press = () => {
    if (isPending) return;
    if (!isArmed) return app.acts.arm("sign-out");
    void signOut(app);
  };
  return h("span", { key: "leave", class: `act leave ${isArmed ? "armed" : ""}` },
    h("button", { type: "button", testid: "sign-out", class: `button ${isArmed ? "danger" : "quiet"}`, onclick: press, "aria-describedby": isArmed ? "sign-out-help" : null },
      isPending ? t.acts.pending : isArmed ? t.header.signOutConfirm : t.header.signOut),
    isArmed && h("button", { type: "button", class: "button quiet", onclick: () => app.acts.clear("sign-out") }, t.acts.cancel),
    isArmed && h("span", { id: "sign-out-help", class: "block muted", role: "status" }, t.header.signOutHelp),
    refusal(refused));
}

/** The server waits for what is under way, then another takes its place. @param {import("../main.js").App} app */
function restartBanner(app) {
  return app.socket.isDraining && h("div", { key: "restart", class: "banner warn", testid: "restart" },
    icon("warning"),
    h("div", null, h("p", { class: "banner-title" }, t.restart.title), h("p", null, t.restart.text)));
}

/** @param {import("../main.js").App} app */
function lostDevice(app) {
  return h("div", { key: "device", class: "banner warn", role: "alert" },
    icon("warning"), h("p", { class: "banner-title" }, t.devices.lostTitle),
    h("button", { type: "button", class: "button secondary", onclick: () => void app.reopenDevices() }, t.devices.retry));
}

/** Both offices, reachable from every room at all times (B6). @param {import("../main.js").App} app */
function contacts(app) {
  const { offices, session } = app.state;
  return h("footer", { key: "contacts", class: "contacts" },
    h("h2", null, t.header.contacts),
    h("ul", null, Object.values(offices).map((office) => h("li", { key: office.office_id },
      h("span", { class: "muted" }, office.office_id === session.organising_office_id ? t.header.organising : t.header.host),
      h("strong", null, office.name), h("span", null, office.contact)))));
}
