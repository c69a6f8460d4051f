"""Refusals for want of a check of identity: which one is missing, and who makes it."""

from __future__ import annotations

_WHO = (
    "le référent compare le candidat ou l’assistant avec une pièce d’identité, l’organisateur les "
    "membres du jury"
)

IDENTITY: dict[str, tuple[int, str]] = {
    "identity_unchecked": (409, f"L’identité n’a pas encore été vérifiée : {_WHO}."),
    "identity_outdated": (
        409,
        f"Le contrôle d’identité date d’un autre jour et ne valait que pour lui : {_WHO}.",
    ),
    "identity_elsewhere": (
        409,
        f"Le contrôle d’identité a été fait dans un autre lieu ; il se refait sur place : {_WHO}.",
    ),
    "identity_other_device": (
        409,
        (
            "La personne s’est connectée depuis un autre appareil que celui de son contrôle "
            f"d’identité. Un nouveau contrôle est nécessaire : {_WHO}."
        ),
    ),
    "identity_asked": (
        409,
        f"Un nouveau contrôle d’identité est demandé et n’est pas encore fait : {_WHO}.",
    ),
    "identity_refused": (
        409,
        (
            "Au dernier contrôle, la personne n’a pas été reconnue. Elle reste à l’écart jusqu’à "
            "un nouveau contrôle."
        ),
    ),
    "identity_not_checked_for_role": (403, "L’identité ne se contrôle pas pour ce rôle."),
    "sign_in_not_high": (
        409,
        (
            "Cette personne ne s’est pas connectée au fournisseur d’identité à un niveau qui vaut "
            "contrôle : comparez-la avec une pièce d’identité."
        ),
    ),
}
"""By code: status and French message, as in signaling/refusals.py."""
