"""Refusals of a file to import, of its lines and cells; part of the one table of refusals.

They are told in the report of an import, line by line; alone, as the answer to a request, never.
"""

from __future__ import annotations

FILES: dict[str, tuple[int, str]] = {
    "file_too_big": (413, "Le fichier dépasse {most} Mio : importez-le en plusieurs fois."),
    "file_not_text": (
        422,
        "Ce n’est pas un fichier CSV : enregistrez-le en CSV (UTF-8 ou Windows-1252).",
    ),
    "file_empty": (422, "La première ligne doit donner les noms des colonnes."),
    "file_delimiter": (
        422,
        "Les colonnes doivent être séparées par des points-virgules, comme un tableur les écrit.",
    ),
    "file_quotes": (
        422,
        "Un guillemet n’est pas à sa place ou n’est pas refermé : la suite n’est pas lue.",
    ),
    "file_column_missing": (422, "Cette colonne manque."),
    "file_column_twice": (422, "Cette colonne figure deux fois."),
    "file_session_missing": (
        422,
        "Le fichier ne décrit pas de session : ajoutez sa ligne, ou nommez la session à compléter.",
    ),
    "line_too_long": (422, "La ligne a plus de cellules que l’en-tête n’a de colonnes."),
    "line_session_unwanted": (
        422,
        "Ce fichier complète une session qui existe : retirez cette ligne.",
    ),
    "line_session_twice": (422, "La session est déjà décrite à la ligne {first}."),
    "line_office_entered": (
        422,
        "Ce service fait déjà partie de la session : retirez cette ligne.",
    ),
    "line_commission_twice": (422, "Une autre ligne décrit déjà cette commission."),
    "line_identifier_twice": (422, "Cet identifiant sert déjà : donnez-en un autre."),
    "line_person_twice": (
        422,
        (
            "Cette personne figure déjà à la ligne {first}. S’il s’agit d’un homonyme, donnez-lui "
            "un identifiant."
        ),
    ),
    "line_person_enrolled": (
        422,
        "Cette personne est déjà inscrite. S’il s’agit d’un homonyme, donnez-lui un identifiant.",
    ),
    "cell_missing": (422, "Cette cellule doit être remplie."),
    "cell_control": (422, "Cette cellule contient un caractère invisible ou un saut de ligne."),
    "cell_too_long": (422, "Cette cellule dépasse {most} caractères."),
    "cell_identifier": (
        422,
        "Un identifiant se compose de lettres simples, de chiffres et de « . _ - » (64 au plus).",
    ),
    "cell_choice": (422, "Valeurs possibles : {choices}."),
    "cell_date": (422, "Une date s’écrit 22/11/2026."),
    "cell_time": (422, "Une heure s’écrit 14h05 ou 14:05."),
    "cell_time_skipped": (422, "Cette heure n’existe pas : l’heure change cette nuit-là."),
    "cell_time_twice": (
        422,
        "Cette heure existe deux fois : l’heure change cette nuit-là. Choisissez-en une autre.",
    ),
    "cell_duration": (
        422,
        "Une durée s’écrit 45, 45 min, 22,5 ou 1h15 : d’une minute à six heures.",
    ),
    "cell_percent": (422, "Une majoration s’écrit 33 ou 33,3 % : cent pour cent au plus."),
    "cell_diploma_unknown": (422, "Ce diplôme n’est pas dans les données de référence."),
    "cell_oral_unknown": (
        422,
        (
            "Aucune durée réglementaire n’est connue pour cet oral : remplissez la colonne "
            "« durée »."
        ),
    ),
    "cell_office_unknown": (
        422,
        "Ce service n’est pas dans les données de référence : donnez son nom ou sa région.",
    ),
    "cell_office_outside": (
        422,
        (
            "Ce territoire est hors du champ de la visioconférence (instruction "
            "DGCS/SD4A/2026/19, mention Outre-mer)."
        ),
    ),
    "cell_office_incomplete": (
        422,
        "L’adresse ou le contact de {office} manque : ajoutez une ligne « service ».",
    ),
    "cell_room_unknown": (422, "Ce service a pour salles : {rooms}."),
    "cell_person_unknown": (
        422,
        "Cette personne n’est ni dans la session ni dans le fichier, ou sa ligne est refusée.",
    ),
    "cell_person_ambiguous": (422, "Plusieurs personnes ont ce nom : donnez l’identifiant."),
    "cell_commission_unknown": (422, "Aucune ligne retenue ne décrit cette commission."),
    "cell_session_differs": (422, "Un fichier concerne une seule session ; attendu : {wanted}."),
}
