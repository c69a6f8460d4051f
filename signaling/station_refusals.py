"""Refusals about stations and who is at them; part of the one table of refusals."""

from __future__ import annotations

STATIONS: dict[str, tuple[int, str]] = {
    "station_unknown": (404, "Ce poste n’est pas inscrit dans cette session."),
    "foreign_station": (
        403,
        "Ce poste est celui d’une autre direction. Adressez-vous à ses agents.",
    ),
    "station_withdrawn": (409, "Ce poste a été retiré. Inscrivez-le à nouveau."),
    "station_not_today": (
        409,
        "Ce poste est inscrit pour un autre jour. Inscrivez-le pour aujourd’hui.",
    ),
    "station_day_over": (422, "Le {day} est passé : choisissez un jour à venir, ou aujourd’hui."),
    "station_day_malformed": (422, "« {day} » n’est pas un jour du calendrier (AAAA-MM-JJ)."),
    "station_enrolled": (
        422,
        "Le poste « {station} » est déjà inscrit pour le {day}. Ouvrez-le, ou retirez-le d’abord.",
    ),
    "role_not_at_station": (
        403,
        "Un poste se partage entre membres du jury, ou entre un candidat et qui l’assiste.",
    ),
    "station_sign_in_not_theirs": (
        403,
        "Au poste, seuls les membres du jury s’identifient ; un agent atteste les autres.",
    ),
    "station_factor_missing": (
        409,
        (
            "Aucun code n’est prévu pour cette personne. Faites attester sa présence par un agent, "
            "ou demandez un code à la DREETS organisatrice."
        ),
    ),
    "station_factor_elsewhere": (
        409,
        (
            "Un compte d’agent ne s’ouvre pas sur un appareil partagé. Faites attester votre "
            "présence par un agent, ou demandez un code à la DREETS organisatrice."
        ),
    ),
    "station_passkey_unknown": (
        409,
        (
            "Cette personne n’a pas encore de clé d’accès. Ouvrez d’abord votre lien sur votre "
            "propre appareil, ou faites attester votre présence par un agent."
        ),
    ),
    "presence_stale": (
        409,
        (
            "La présence de ce membre ({place}) date d’avant l’appel. Qu’un agent l’atteste à "
            "nouveau, ou que le membre s’identifie au poste, puis appelez-le."
        ),
    ),
    "station_silent": (
        409,
        (
            "Le poste ({place}) ne se fait pas entendre : ce membre ne peut répondre à l’appel. "
            "Rétablissez le poste, ou faites quitter le poste à ce membre."
        ),
    ),
}
