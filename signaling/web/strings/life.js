/** What those who head a session read of it as a whole, and who keeps order in a room. */

export const lifeTexts = {
  life: {
    title: "La session",
    states: /** @type {Record<string, string>} */ ({
      draft: "En préparation : personne n’entre encore.",
      open: "Ouverte.",
      in_progress: "En cours : des candidats ont été admis.",
      suspended: "Suspendue : rien ne commence.",
      deliberating: "En délibération.",
      closed: "Close, le registre est scellé.",
      archived: "Archivée.",
      cancelled: "Annulée.",
      moved: "Reportée dans une autre session.",
    }),
    open: "Ouvrir la session",
    openConfirm: "Confirmer : ouvrir à tous",
    suspend: "Suspendre la session",
    suspendReason: "Motif de la suspension de la session",
    continue: "Reprendre la session",
    cancel: "Annuler la session",
    cancelReason: "Motif de l’annulation : aucune épreuve ne sera plus tenue",
    cancelSitting: "Annuler cette épreuve",
    cancelSittingReason: "Motif de l’annulation de l’épreuve",
    attendanceSigned: (/** @type {string} */ hour) => `émargé à ${hour}`,
  },

  order: {
    title: "Tenir l’ordre dans la salle",
    who: "Personne",
    mute: "Couper son micro",
    unmute: "Rendre le micro",
    sendOut: "Faire sortir",
    sendOutReason: "Motif, inscrit au registre",
    letBackIn: "Faire revenir",
    muted: (/** @type {string} */ names) => `Micro coupé par la présidence ou la direction : ${names}.`,
    ownMuted: "La présidence ou la direction a coupé votre micro ou votre caméra : les autres ne vous entendent ou ne vous voient plus.",
    ownOut: "La présidence ou la direction vous a fait sortir de la salle. Restez sur cette page : vous y reviendrez sans rien faire.",
    out: (/** @type {string} */ names) => `Hors de la salle : ${names}.`,
  },
};
