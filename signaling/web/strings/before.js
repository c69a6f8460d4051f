/** What is read before an exam: the technical test of both offices. */

export const beforeTexts = {
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
