/** What is said of who is here and how they are known: the register, checks of identity to make again. */

import { plural } from "./plural.js";

export const registerTexts = {
  register: {
    title: "Registre",
    open: "Registre : qui est présent",
    close: "Fermer le registre",
    lead: "Qui est présent, identifié comment, par qui, depuis quand et sur quelle connexion, à cet instant.",
    connected: (/** @type {number} */ here, /** @type {number} */ all) => `${plural(here, "connecté", "connectés")} sur ${all}`,
    counts: (/** @type {number} */ onSite, /** @type {number} */ remote, /** @type {number} */ cut) => `${onSite} sur place · ${remote} à distance · ${plural(cut, "coupé", "coupés")}`,
    columns: { person: "Personne", place: "Où", identity: "Identité", link: "Liaison", acts: "Actes" },
    rooms: /** @type {Record<string, string>} */ ({ waiting: "en attente", test: "essai technique", sitting: "salle de l’épreuve", jury: "salon du jury", deliberation: "délibération" }),
    nowhere: "non connecté",
    cut: "coupé de la réunion",
    attendance: /** @type {Record<string, string>} */ ({ on_site: "sur place", remote: "à distance", absent: "absent à l’appel" }),
    checked: (/** @type {string} */ by, /** @type {string} */ at) => `vérifiée par ${by}, le ${at}`,
    signIn: (/** @type {string} */ issuer, /** @type {string} */ acr) => `connexion à ${issuer}, niveau ${acr}`,
    noCheck: "sans contrôle pour ce rôle",
    device: (/** @type {string} */ prefix, /** @type {string} */ at) => `appareil ${prefix}…, depuis le ${at}`,
    passkey: (/** @type {string} */ at) => `clé d’accès enregistrée le ${at}`,
    since: (/** @type {string} */ at) => `relais : connecté depuis ${at}`,
    gone: (/** @type {string} */ at) => `relais : coupé depuis ${at}`,
    never: "relais : jamais connecté",
    missing: /** @type {Record<string, string>} */ ({
      identity_unchecked: "identité non vérifiée",
      identity_outdated: "contrôle d’un autre jour",
      identity_other_device: "autre appareil : contrôle à refaire",
      identity_elsewhere: "autre lieu : contrôle à refaire",
      identity_asked: "contrôle redemandé",
      identity_refused: "personne non reconnue",
    }),
    tasks: "Contrôles d’identité à refaire",
    seen: "Comment la personne est vue",
    refusedTitle: (/** @type {string} */ name) => `Identité non reconnue : ${name}`,
    refused: "Cette personne est tenue à l’écart jusqu’à un nouveau contrôle.",
    apartTitle: "Votre identité doit être contrôlée",
    apart: "Vous êtes tenu à l’écart jusqu’à un nouveau contrôle : présentez votre pièce d’identité à l’agent qui vous reçoit.",
    asked: "Un nouveau contrôle de votre identité est demandé : présentez votre pièce d’identité à l’agent qui vous reçoit.",
  },
};
