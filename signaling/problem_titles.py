"""What kind of refusal a status is, in French: the title of a problem (RFC 9457 section 3.1.3)."""

from __future__ import annotations

TITLES: dict[int, str] = {
    400: "Demande illisible",
    401: "Identification nécessaire",
    403: "Acte non autorisé",
    404: "Introuvable",
    405: "Méthode non acceptée",
    408: "Délai dépassé",
    409: "Impossible à ce stade",
    412: "Version dépassée",
    413: "Demande trop longue",
    415: "Type de contenu non accepté",
    422: "Contraire aux règles",
    424: "Un autre service ne l’a pas permis",
    426: "Connexion WebSocket attendue",
    429: "Trop de demandes",
    500: "Erreur du service",
    503: "Service indisponible pour le moment",
}
"""By status; the message of the refusal says which one it is."""


def title_of(status: int) -> str:
    return TITLES[status]
