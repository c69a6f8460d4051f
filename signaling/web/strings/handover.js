/** What an agent reads who hands a link over: by code, by mail. */

export const handoverTexts = {
  handover: {
    qr: "Code QR",
    qrLabel: "Code QR du lien, à photographier avec l’appareil de la personne",
    mail: "Envoyer par courriel",
    address: "Adresse électronique de la personne",
    addressHelp: "Elle sert à cet envoi et n’est pas conservée. Le code éventuel n’est jamais dans le courriel : donnez-le de vive voix.",
    send: "Envoyer le lien",
    sending: "Envoi…",
    sent: (/** @type {string} */ address, /** @type {string} */ at) => `Remis au serveur de messagerie pour ${address}, à ${at}.`,
  },
};
