/** What the agents of the two offices read: reception, duty, calls for help, the register. */

export const officesTexts = {
  reception: {
    title: "Accueil des candidats",
    lead: (/** @type {string} */ office) => `Candidats reçus par ${office}.`,
    none: "Aucun candidat n’est reçu par votre direction dans cette session.",
    document: "Pièce présentée",
    steps: { connected: "Candidat connecté", identity: "Identité du candidat", assistant: "Identité de la personne qui assiste", attendance: "Feuille d’émargement", attestation: "Attestation signée", admission: "Admission" },
    by: (/** @type {string} */ name, /** @type {string} */ hour) => `par ${name}, à ${hour}`,
    missing: "à faire",
    missingConnection: "en attente de connexion",
    missingIdentity: "après l’identité",
    missingAttestation: "après l’attestation",
    done: "fait",
    watch: "Suivi de l’épreuve",
  },

  duty: {
    title: "Permanence",
    none: "Personne n’est de permanence.",
    since: (/** @type {string} */ hour) => `depuis ${hour}`,
    left: "parti sans avoir transmis",
    missing: (/** @type {string} */ office) => `${office} n’a personne de permanence : l’épreuve ne peut pas commencer.`,
    missingManager: "Ni le responsable de session ni un suppléant n’est de permanence : l’épreuve ne peut pas commencer.",
    successor: "Transmettre à",
    alone: "Vous êtes de permanence. Personne d’autre ne peut la prendre à votre place.",
  },

  help: {
    title: "Appels à l’aide",
    none: "Aucun appel.",
    from: (/** @type {string} */ name, /** @type {string} */ hour) => `${name} appelle depuis ${hour}`,
    answered: (/** @type {string} */ name, /** @type {string} */ at, /** @type {string} */ answered) => `${name}, à ${at} : réponse à ${answered}`,
    say: (/** @type {string} */ name) => `Appel à l’aide de ${name}.`,
  },

  organiser: {
    title: "Conduite de la session",
    register: "Registre des personnes",
    columns: { person: "Personne", office: "Direction", link: "Liaison", identity: "Identité", acts: "Actes" },
    presence: /** @type {Record<string, string>} */ ({ on_site: "sur place", remote: "à distance" }),
    connected: "connecté",
    away: "non connecté",
    checked: (/** @type {string} */ by, /** @type {string} */ hour) => `vérifiée par ${by}, ${hour}`,
    notNeeded: "sans objet",
    byHost: "par la DREETS de domiciliation",
    accessTitle: (/** @type {string} */ name) => `Nouvel accès de ${name}`,
    accessLead: "L’ancien lien ne fonctionne plus. Ce qui suit ne sera plus affiché.",
    factor: "Demander, en plus du lien",
    factors: /** @type {Record<string, string>} */ ({
      code: "Code par téléphone",
      totp: "Application (6 chiffres)",
      openid: "Compte d’agent",
      passkey: "Clé d’accès",
    }),
    how: /** @type {Record<string, {first: string, again: string}>} */ ({
      code: { first: "Remettez le lien et le code séparément.", again: "Ce lien suffit : il n’est pas demandé de code." },
      totp: {
        first: "Remettez le lien et le réglage de l’application séparément. La personne ajoute ce réglage à son application d’authentification, qui affichera le code demandé.",
        again: "Son application d’authentification, déjà réglée, affichera le code demandé.",
      },
      openid: { first: "", again: "La personne se connectera avec son compte d’agent." },
      passkey: {
        first: "Remettez le lien et le code séparément. La personne saisit le code une fois, puis crée sa clé d’accès : son empreinte, son visage ou le code de son appareil.",
        again: "La personne ouvrira ce lien avec la clé d’accès qu’elle a déjà. Si elle ne l’a plus, retirez d’abord son accès : la clé est retirée avec lui.",
      },
    }),
    qr: "Code à photographier avec l’application d’authentification de la personne",
    application: "Application",
    link: "Lien",
    code: "Code",
    closePanel: "Fermer",
    access: "Accès",
    contested: (/** @type {number} */ times, /** @type {string} */ what, /** @type {string} */ hour) => `accès contesté ${times} fois, dernière à ${hour} : ${what}`,
    contests: /** @type {Record<string, string>} */ ({ offer: "connexion média d’un autre appareil", token: "jeton rejoué", ticket: "billet de connexion rejoué", key: "jeton copié sur un autre appareil", connection: "seconde connexion simultanée" }),
  },
};
