/** What is read before an exam: the trial of one's own network, the technical test of both offices. */

const NUMBER = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 1 });

export const beforeTexts = {
  network: {
    title: "La liaison",
    lead: "Un appel de 10 secondes avec vous-même, par le même chemin que l’épreuve. Personne d’autre ne vous voit ni ne vous entend.",
    run: "Essayer la liaison",
    again: "Essayer de nouveau",
    trying: "Recherche des chemins ouverts par votre réseau…",
    calling: (/** @type {number} */ left) => `Appel en cours : encore ${left} s. Parlez et bougez un peu.`,
    returned: "Votre image, revenue du relais",
    ways: { udp: "Chemin direct (UDP)", tcp: "Chemin de secours (TCP)", turn: "Chemin par le serveur TURN" },
    states: { untried: "à essayer", trying: "essai…", open: "ouvert", closed: "fermé", absent: "non prévu ici" },
    short: /** @type {Record<string, string>} */ ({ udp: "UDP", tcp: "TCP", turn: "TURN" }),
    verdicts: /** @type {Record<string, string>} */ ({ good: "Bon", fair: "Passable", poor: "Insuffisant" }),
    meanings: {
      good: "La liaison convient : on vous verra et on vous entendra bien.",
      fair: "La liaison suffit, mais l’image ou le son pourront souffrir.",
      poor: "La liaison ne suffit pas pour une épreuve.",
    },
    advice: {
      unreached: "Aucun chemin ne mène au relais. Prévenez tout de suite la DREETS (contacts en bas de page) : le service informatique doit ouvrir le réseau.",
      silent: "Le son n’est pas revenu. Vérifiez que le bon microphone est choisi, puis réessayez.",
      lost: "Une partie des données se perd. Branchez le câble réseau, ou rapprochez-vous de la borne Wi-Fi, puis réessayez.",
      delay: "Les échanges prennent trop de temps. Fermez le VPN et les téléchargements, puis réessayez.",
      jitter: "Le débit est irrégulier. Préférez le câble au Wi-Fi et fermez les autres usages du réseau, puis réessayez.",
      picture: "L’image n’est pas assez fluide. Fermez les autres logiciels et les autres visioconférences, puis réessayez.",
    },
    byOtherWay: {
      tcp: "Le chemin direct (UDP) est fermé : l’appel est passé par TCP, plus sensible aux pertes. Le service informatique peut ouvrir l’UDP.",
      turn: "L’appel est passé par le serveur TURN : le chemin direct est fermé, ou l’installation l’impose.",
    },
    details: "Mesures",
    /** @param {import("../echo.js").Measured} m @returns {[string, string][]} */
    figures: (m) => [
      ["Aller-retour", `${m.rtt_ms} ms`],
      ["Pertes, aller et retour", `${NUMBER.format(m.lost_permille / 10)} %`],
      ["Gigue du son", `${m.jitter_ms} ms`],
      ["Débit", `${NUMBER.format(m.bitrate_bps / 1000)} kbit/s`],
      ["Images", m.frames_per_s === null ? "sans caméra" : `${m.frames_per_s} par seconde`],
    ],
    stored: "Résultat consigné pour les deux directions.",
    tag: (/** @type {string} */ verdict, /** @type {string | null} */ way) => `matériel : ${verdict.toLowerCase()}${way === null ? "" : ` (${way})`}`,
    own: "Mon matériel",
    ownLead: "Caméra, microphone, haut-parleur et liaison de cet appareil.",
    check: "Vérifier mon matériel",
    leave: "Revenir à la session",
    failedTitle: "Vérifications de matériel insuffisantes",
  },

  technicalTest: {
    title: "Essai technique commun",
    lead: "Les agents, le personnel technique et les postes des deux directions se voient et s’entendent, depuis les salles et par les liens du jour. Aucun candidat ni membre du jury n’y est.",
    none: "L’essai technique n’est pas ouvert. Dès qu’un agent l’ouvre, cette page vous propose de le rejoindre.",
    openedBy: (/** @type {string} */ name, /** @type {string} */ hour) => `Ouvert par ${name} à ${hour}.`,
    busy: "Un candidat de votre direction est dans la salle : vous n’êtes ni vu ni entendu. L’essai reprendra pour vous après son épreuve.",
    station: "Essai technique : la salle voit et entend les agents des deux directions.",
    join: "Rejoindre l’essai",
    leave: "Quitter l’essai",
    here: "Dans l’essai",
    awaited: "Attendus",
    alone: "Personne d’autre n’est encore là.",
    opened: "L’essai technique est ouvert.",
    closed: "L’essai technique est clos.",
  },
};
