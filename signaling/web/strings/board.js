/** What agents read on the board of the day: every room of theirs, whatever its session. */

import { plural } from "./plural.js";

export const boardTexts = {
  board: {
    pages: "Pages de l’agent",
    session: "Cette session",
    open: (/** @type {number} */ calls) => (calls === 0 ? "Tableau du jour" : `Tableau du jour (${plural(calls, "appel à l’aide", "appels à l’aide")})`),
    title: "Tableau du jour",
    lead: "Toutes les salles de votre direction aujourd’hui, pour chaque session dont vous avez ouvert le lien dans ce navigateur. Mis à jour toutes les trois secondes.",
    none: "Aucune salle aujourd’hui.",
    counts: (/** @type {number} */ rooms, /** @type {number} */ outages, /** @type {number} */ missing, /** @type {number} */ calls) =>
      [plural(rooms, "salle", "salles"), plural(outages, "défaillance en cours", "défaillances en cours"), plural(missing, "personne manquante", "personnes manquantes"), plural(calls, "appel à l’aide", "appels à l’aide")].join(" · "),
    stale: (/** @type {string} */ hour) => `Le serveur ne répond plus pour cette session : ce qui suit date de ${hour}.`,
    phases: /** @type {Record<string, string>} */ ({ deliberation: "Délibération en cours", closed: "Délibération close", sealed: "Registre scellé" }),
    left: "Temps restant",
    quality: "Liaisons",
    allGood: "toutes bonnes",
    noLink: "personne n’est connecté",
    missing: "Manquent",
    nobodyMissing: "personne",
    outage: (/** @type {string} */ since, /** @type {string} */ what) => `Défaillance depuis ${since}. ${what}`,
    room: "Ouvrir la salle",
    roomOf: (/** @type {string} */ name) => `Ouvrir la salle de ${name}`,
    elsewhere: "nouvel onglet",
  },
};
