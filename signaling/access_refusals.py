"""Refusals of who is asking: links, codes, tokens, proofs; part of the one table of refusals."""

from __future__ import annotations

ACCESS: dict[str, tuple[int, str]] = {
    "invitation_unknown": (403, "Ce lien n’est pas valable. Demandez un lien à votre DREETS."),
    "invitation_expired": (403, "Ce lien a expiré. Demandez-en un nouveau à votre DREETS."),
    "invitation_not_yet_valid": (403, "Ce lien n’est pas encore ouvert."),
    "invitation_used": (
        403,
        (
            "Ce lien a déjà servi : il n’ouvre qu’un appareil, jusqu’à la déconnexion. Demandez-en "
            "un nouveau à votre DREETS."
        ),
    ),
    "invitation_revoked": (403, "Ce lien a été retiré par la DREETS organisatrice."),
    "invitation_code_needed": (403, "Saisissez le code que la DREETS vous a donné."),
    "invitation_totp_needed": (
        403,
        "Saisissez le code qu’affiche votre application d’authentification.",
    ),
    "invitation_openid_needed": (403, "Connectez-vous avec votre compte d’agent."),
    "invitation_passkey_needed": (403, "Votre lien demande votre clé d’accès : utilisez-la."),
    "passkey_not_asked": (
        409,
        "Ce lien ne demande pas de clé d’accès. Rouvrez-le et suivez ce qu’il demande.",
    ),
    "passkey_not_configured": (
        409,
        (
            "Les clés d’accès demandent un nom de domaine : l’adresse publique de cette "
            "installation n’en a pas. Demandez un code, ou configurez http.origins "
            "(docs/configuration.md)."
        ),
    ),
    "passkey_not_expected": (
        403,
        "Cette demande de clé d’accès a expiré ou a déjà servi. Recommencez.",
    ),
    "passkey_malformed": (403, "La réponse de la clé d’accès n’est pas lisible. Recommencez."),
    "passkey_challenge": (
        403,
        "La clé d’accès a répondu à une autre demande que celle-ci. Recommencez.",
    ),
    "passkey_origin": (
        403,
        "La clé d’accès a été utilisée depuis une autre adresse. Rouvrez le lien de votre DREETS.",
    ),
    "passkey_relying_party": (
        403,
        "Cette clé d’accès n’est pas faite pour cette installation. Prenez celle de VisioJury.",
    ),
    "passkey_unverified": (
        403,
        (
            "L’appareil n’a pas vérifié que c’était vous. Recommencez en donnant votre empreinte, "
            "votre visage ou le code de l’appareil."
        ),
    ),
    "passkey_counter": (
        403,
        (
            "Cette clé d’accès pourrait avoir été copiée : elle n’est plus acceptée ainsi. Appelez "
            "votre DREETS."
        ),
    ),
    "passkey_foreign": (
        403,
        "Cette clé d’accès n’est pas celle que vous avez enregistrée pour cette session.",
    ),
    "passkey_invalid": (403, "La clé d’accès n’a pas pu être vérifiée. Recommencez."),
    "mail_not_configured": (
        409,
        (
            "Cette installation n’a pas de serveur de messagerie. Copiez le lien, ou "
            "configurez-en un (docs/configuration.md)."
        ),
    ),
    "mail_link_foreign": (
        409,
        (
            "Ce lien n’est plus celui de cette personne, ou il a déjà servi : rien n’a été envoyé. "
            "Faites un nouveau lien, puis envoyez-le."
        ),
    ),
    # Not 502 or 504, which a front says of us: this is our own answer, about another server.
    "mail_refused": (
        424,
        "Le serveur de messagerie refuse cette adresse. Vérifiez-la, ou copiez le lien.",
    ),
    "mail_unavailable": (
        424,
        (
            "Le serveur de messagerie n’a pas confirmé l’envoi. Réessayez dans un instant, ou "
            "copiez le lien : il reste valable."
        ),
    ),
    "openid_not_asked": (
        409,
        "Ce lien ne demande pas de compte d’agent. Rouvrez-le et suivez ce qu’il demande.",
    ),
    "openid_not_configured": (
        409,
        (
            "Cette installation n’a pas de fournisseur d’identité OpenID Connect. Demandez un "
            "code, ou configurez-le (docs/configuration.md)."
        ),
    ),
    "openid_unavailable": (
        503,
        "Le service d’authentification ne répond pas. Réessayez, ou demandez un code à la DREETS.",
    ),
    "openid_refused": (
        403,
        "Le service d’authentification n’a pas confirmé la connexion. Rouvrez votre lien.",
    ),
    "openid_state_unknown": (
        403,
        "Cette connexion n’est plus attendue sur cet appareil. Rouvrez votre lien.",
    ),
    "openid_malformed": (403, "La réponse du service d’authentification n’est pas lisible."),
    "openid_foreign": (
        403,
        "La réponse du service d’authentification ne s’adresse pas à cette installation.",
    ),
    "openid_expired": (
        403,
        "La réponse du service d’authentification a expiré. Rouvrez votre lien.",
    ),
    "openid_nonce": (403, "La réponse reçue est celle d’une autre connexion. Rouvrez votre lien."),
    "openid_assurance": (
        403,
        (
            "Votre connexion n’atteint pas le niveau de garantie demandé. Recommencez avec un "
            "second facteur, ou demandez un code à la DREETS."
        ),
    ),
    "openid_subject": (
        403,
        (
            "Ce compte n’est pas celui avec lequel vous vous étiez connecté à cette session. "
            "Prenez le même, ou demandez un code à la DREETS."
        ),
    ),
    "invitation_code_replayed": (
        403,
        "Ce code a déjà servi. Attendez que votre application en affiche un autre (30 s).",
    ),
    "invitation_code_wrong": (403, "Ce code n’est pas le bon. Vérifiez-le avec la DREETS."),
    "invitation_locked": (
        403,
        "Trop de codes erronés : ce lien est bloqué. Demandez-en un nouveau à votre DREETS.",
    ),
    "token_malformed": (401, "Votre accès n’est pas lisible. Rouvrez votre lien."),
    "token_expired": (401, "Votre accès a expiré. Rouvrez votre lien."),
    "token_foreign": (401, "Cet accès ne vient pas de cette installation."),
    "token_wrong_type": (401, "Cet accès ne sert pas à cela."),
    "token_used": (401, "Cet accès a déjà servi."),
    "token_missing": (401, "Identifiez-vous d’abord avec votre lien."),
    "proof_missing": (401, "La preuve de votre appareil manque."),
    "proof_invalid": (
        401,
        "La preuve de votre appareil n’est pas valable. Vérifiez l’heure de l’appareil.",
    ),
    "proof_replayed": (401, "La preuve de votre appareil a déjà servi."),
    "proof_mismatch": (401, "Cet accès appartient à un autre appareil."),
    "ticket_unknown": (401, "Ce billet de connexion n’est pas valable."),
    "access_revoked": (403, "Votre accès a été retiré par la DREETS organisatrice."),
    "access_signed_out": (
        403,
        "Vous vous êtes déconnecté. Demandez un nouveau lien à votre DREETS pour revenir.",
    ),
    "access_over": (
        401,
        "Votre lien a plus de trente jours d’usage. Demandez-en un nouveau à votre DREETS.",
    ),
    "signature_invalid": (
        403,
        "La signature n’est pas celle de ce document. Rechargez la page, relisez et signez.",
    ),
    "signature_foreign": (403, "Ce document se signe depuis l’appareil qui a ouvert votre lien."),
    "session_foreign": (403, "Cet accès ne concerne pas cette session."),
}
