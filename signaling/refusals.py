"""Every refusal, its HTTP status and what we say to the person, in one table.

A refusal says what is wrong, what to do, and where it helps the rule it rests on. A test asserts
that every code that can reach this edge has its line here.
"""

from __future__ import annotations

from auth.errors import AuthError
from signaling.access_refusals import ACCESS
from signaling.file_refusals import FILES
from signaling.identity_refusals import IDENTITY
from signaling.problem_titles import title_of
from signaling.station_refusals import STATIONS
from visiojury.exam.errors import ExamError

# code: (status, French message; {names} are details of the refusal)
TABLE: dict[str, tuple[int, str]] = {
    # --- the request itself
    "body_malformed": (400, "La demande est illisible : {where}."),
    "body_too_big": (413, "La demande est trop longue (64 Kio au plus)."),
    "not_found": (404, "Cette adresse n’existe pas."),
    "media_type_unsupported": (415, "Le contenu de la demande doit être du JSON."),
    "upgrade_required": (426, "Cette adresse attend une connexion WebSocket."),
    "moment_unknown": (404, "La session n’a pas de registre à cet instant."),
    "version_moved": (
        412,
        "La session a changé entre-temps (version {version}). Relisez-la, puis recommencez.",
    ),
    "request_refused": (400, "La demande n’est pas une demande HTTP valable."),
    "method_not_allowed": (405, "Cette adresse n’accepte pas cette méthode."),
    "origin_foreign": (403, "Cette page ne vient pas de cette installation."),
    "too_many_requests": (
        429,
        "Trop de demandes viennent de votre réseau ou de votre accès. Réessayez dans {wait_s} s.",
    ),
    "body_late": (408, "La demande n’est pas arrivée en entier à temps. Réessayez."),
    "forwarded_malformed": (400, "Le serveur frontal transmet une adresse illisible."),
    "scheme_insecure": (403, "Cette page se visite en https seulement."),
    "internal_error": (500, "Une erreur est survenue de notre côté. Elle a été consignée."),
    "record_unavailable": (
        503,
        "Le registre ne peut pas être écrit : rien n’a été fait. Réessayez dans un instant.",
    ),
    "files_not_erased": (
        503,
        (
            "Des fichiers joints n’ont pas pu être supprimés du disque ; sans leur clé, détruite, "
            "ils ne se lisent plus. Vérifiez les droits du dossier, puis recommencez."
        ),
    ),
    **ACCESS,
    **STATIONS,
    # --- media
    "fingerprint_missing": (403, "L’offre ne porte pas d’empreinte de certificat."),
    "fingerprint_ambiguous": (403, "L’offre porte plusieurs empreintes de certificat."),
    "fingerprint_mismatch": (403, "L’empreinte de l’offre n’est pas celle de votre appareil."),
    "media_not_for_role": (403, "Votre rôle ne participe pas à l’image ni au son."),
    "offer_malformed": (400, "L’offre de votre navigateur n’a pas pu être lue."),
    "offer_refused": (400, "L’offre de votre navigateur n’est pas acceptée ({reason})."),
    "relay_unavailable": (503, "Le relais redémarre. La connexion va revenir d’elle-même."),
    "relay_unknown": (404, "Aucun relais ne porte ce numéro."),
    "relay_last": (409, "Aucun autre relais ne pourrait prendre les salles de celui-ci."),
    # --- the socket
    "message_malformed": (400, "Message illisible : {where}."),
    "message_unexpected": (400, "Ce message n’est pas attendu maintenant."),
    "message_too_big": (413, "Message trop long (64 Kio au plus)."),
    "too_many_messages": (429, "Trop de messages à la suite."),
    "hello_late": (408, "La connexion ne s’est pas présentée à temps."),
    "superseded": (409, "Vous êtes connecté depuis une autre fenêtre ; celle-ci est fermée."),
    "too_slow": (429, "Votre connexion ne suit plus. Elle va revenir d’elle-même."),
    "session_moved": (503, "Cette session change de serveur. La connexion va revenir d’elle-même."),
    "server_stopping": (503, "Le serveur s’arrête. La connexion va revenir d’elle-même."),
    "server_draining": (
        409,
        (
            "Le service va redémarrer : aucune épreuve ni délibération ne commence avant. Celles "
            "en cours vont à leur terme. Réessayez quand la page l’annonce revenu."
        ),
    ),
    "unauthenticated": (401, "Connexion refusée."),
    # --- rights
    "not_allowed": (403, "Votre rôle ne permet pas cet acte."),
    "foreign_office": (403, "Cette épreuve est reçue par une autre DREETS."),
    "not_a_member": (403, "Cette personne ne fait pas partie de ce jury."),
    "not_in_sitting": (403, "Cette personne ne participe pas à cette épreuve."),
    "chair_stays": (403, "La présidence du jury ne peut être ni coupée ni mise en attente."),
    "screen_not_own": (403, "La présidence peut arrêter un partage d’écran, ou qui partage."),
    "successor_unfit": (
        403,
        (
            "La permanence se transmet à un agent de la même direction, celle du responsable de "
            "session à un suppléant."
        ),
    ),
    "signature_not_own": (
        403,
        "À l’écran chacun signe pour soi ; une signature sur papier est indiquée par l’agent.",
    ),
    "declared_by_another": (403, "Seule la personne qui a déclaré la défaillance peut la retirer."),
    "outage_measured": (403, "Cette défaillance a été mesurée : elle ne se modifie pas."),
    "not_present": (403, "Seuls les membres présents à l’appel votent."),
    # --- things that are not there
    "session_unknown": (404, "Cette session n’existe pas."),
    "session_exists": (409, "Une session porte déjà cet identifiant."),
    "participant_unknown": (404, "Cette personne n’est pas inscrite à la session."),
    "sitting_unknown": (404, "Cette épreuve n’existe pas."),
    "outage_unknown": (404, "Cette défaillance n’existe pas."),
    "help_unknown": (404, "Cet appel n’existe pas."),
    "file_unknown": (404, "Ce fichier n’a pas été reçu. Envoyez-le à nouveau."),
    "file_not_pdf": (415, "Seuls des fichiers PDF peuvent être montrés ou transmis."),
    "file_too_big": (413, "Ce fichier est trop gros : 10 Mio au plus."),
    "files_full": (413, "La place réservée aux fichiers de cette session est épuisée."),
    "file_unwritable": (
        503,
        (
            "Le disque du serveur ne prend pas ce fichier : rien n’en a été gardé. "
            "Prévenez l’exploitation, puis recommencez."
        ),
    ),
    "document_unknown": (404, "Ce document n’existe pas, ou pas encore, ou pas pour vous."),
    # --- a session as entered
    "session_not_pooled": (
        422,
        (
            "Une épreuve par visioconférence demande une session mutualisée entre deux DREETS "
            "au moins (instruction DGCS/SD4A/2026/19, II.1)."
        ),
    ),
    "session_pooled_elsewhere": (
        422,
        "Pour ces candidats, les sessions de {diploma} sont organisées par : {office} ({rule}).",
    ),
    "identifier_malformed": (
        422,
        "L’identifiant « {identifier} » ne convient pas : lettres simples, chiffres, « . _ - ».",
    ),
    "identifier_reused": (422, "L’identifiant « {identifier} » sert deux fois."),
    "reference_unknown": (422, "« {identifier} » est cité mais n’est défini nulle part."),
    "chair_not_one": (422, "Une session a une présidence de jury, et une seule."),
    "commission_too_small": (
        422,
        "La commission de l’épreuve {sitting_id} a moins de {minimum} examinateurs.",
    ),
    "establishment_excluded": (
        422,
        (
            "La visioconférence est réservée aux sessions des services de l’État. Pour une session "
            "d’un établissement, un organisateur inscrit à la session accepte l’exception et en "
            "donne le motif (instruction DGCS/SD4A/2026/19, II ; article D. 613-27)."
        ),
    ),
    "office_out_of_scope": (
        422,
        (
            "« {office} » : {territory} est hors du champ de l’instruction DGCS/SD4A/2026/19 "
            "(mention outre-mer). Retirez ce service de la session."
        ),
    ),
    "candidate_not_on_site": (
        422,
        (
            "Épreuve {sitting_id} : les candidats à un titre professionnel passent sur place, "
            "devant le jury. Prévoyez l’épreuve sur le site organisateur."
        ),
    ),
    "examiner_related": (
        422,
        (
            "{name} a un lien déclaré avec ce candidat et ne peut pas l’examiner. Désignez un "
            "autre examinateur (circulaire 2012-446, 3.3)."
        ),
    ),
    "participant_withdrawn": (
        422,
        "{name} s’est retiré de la session. Désignez une autre personne.",
    ),
    "session_manager_not_one": (
        422,
        "La session a déjà un responsable. Inscrivez cette personne comme suppléante.",
    ),
    "session_manager_unnamed": (
        422,
        "Ce diplôme demande un responsable de session : inscrivez-le, ainsi que ses suppléants.",
    ),
    "session_without_sitting": (422, "Aucune épreuve n’est prévue. Prévoyez-en une, puis ouvrez."),
    "office_without_agent": (
        422,
        (
            "« {office} » n’a pas d’agent inscrit : chaque direction en tient un de permanence "
            "pendant l’épreuve (instruction DGCS/SD4A/2026/19, annexe 1)."
        ),
    ),
    "day_malformed": (
        422,
        "Une journée de {office_id} a des heures qui se contredisent ou en recouvre une autre.",
    ),
    "candidate_busy": (422, "Le candidat passe l’épreuve {sitting_id} à la même heure."),
    "assistant_busy": (
        422,
        "La personne qui assiste est à l’épreuve {sitting_id} à la même heure.",
    ),
    "examiner_busy": (422, "Un examinateur siège à l’épreuve {sitting_id} à la même heure."),
    "room_busy": (422, "La salle sert à l’épreuve {sitting_id} à la même heure."),
    "station_busy": (422, "Le poste sert à l’épreuve {sitting_id} à la même heure."),
    "outside_calendar": (
        422,
        (
            "L’épreuve {sitting_id} sort des jours et heures de la session. Changez son heure, ou "
            "ajoutez la journée."
        ),
    ),
    "break_overlapped": (
        422,
        "L’épreuve {sitting_id} empiète sur la pause méridienne. Changez son heure.",
    ),
    "sitting_not_followed": (
        422,
        (
            "L’épreuve {sitting_id} ne se repasse pas ainsi : une nouvelle épreuve suit, une seule "
            "fois, celle du même candidat qui n’a pas compté."
        ),
    ),
    "test_not_joint": (
        422,
        (
            "L’essai se fait ensemble, entre agents de deux directions, depuis un poste de l’une "
            "d’elles (instruction DGCS/SD4A/2026/19, annexe 1)."
        ),
    ),
    "chair_not_in_commission": (422, "La présidence doit siéger à l’épreuve {sitting_id}."),
    "role_unfit": (422, "Le rôle de {participant_id} ne convient pas à cette place."),
    "time_zone_unknown": (422, "Le fuseau horaire de {office_id} n’existe pas."),
    "diploma_differs": (
        422,
        (
            "Le diplôme {diploma} est entré autrement que dans les données de référence : nature, "
            "blocs, commission ou responsable de session."
        ),
    ),
    "session_full": (
        422,
        "Une session a {people} personnes et {sittings} épreuves au plus : faites-en une autre.",
    ),
    **FILES,
    # --- order of the day
    "illegal_transition": (409, "Cet acte n’est pas possible à ce stade."),
    "record_sealed": (409, "Le registre est scellé : plus rien ne peut être ajouté à la session."),
    "session_not_open": (
        409,
        "La session est en préparation. L’organisateur doit d’abord l’ouvrir.",
    ),
    "session_suspended": (409, "La session est suspendue. Elle doit d’abord reprendre."),
    "session_given_up": (409, "La session est annulée ou reportée : rien n’y change plus."),
    "sitting_running": (409, "Une épreuve est en cours. La présidence la suspend d’abord."),
    "sitting_under_way": (
        409,
        "Le candidat de l’épreuve {sitting_id} est en salle. Menez-la d’abord à son terme.",
    ),
    "person_awaited": (
        409,
        "Cette personne est attendue à l’épreuve {sitting_id}. Annulez ou terminez-la d’abord.",
    ),
    "organiser_last": (
        409,
        "La session garde au moins un organisateur. Inscrivez-en d’abord un autre.",
    ),
    "duty_missing": (
        409,
        (
            "« {office} » n’a personne de permanence. Un agent de chaque direction prend la "
            "permanence avant l’épreuve (instruction DGCS/SD4A/2026/19, annexe 1)."
        ),
    ),
    "session_manager_missing": (
        409,
        (
            "Le responsable de session, ou un suppléant, prend la permanence avant l’épreuve : sa "
            "présence est obligatoire pendant toute la session."
        ),
    ),
    "not_on_duty": (409, "Vous n’êtes pas de permanence : il n’y a rien à transmettre."),
    **IDENTITY,
    "attestation_unsigned": (409, "L’attestation n’a pas encore été signée (annexe 2)."),
    "commission_busy": (409, "La commission entend encore un autre candidat."),
    "candidate_not_connected": (409, "L’image et le son du candidat n’arrivent pas encore."),
    "pause_first": (
        409,
        (
            "Le temps du candidat court : suspendez l’épreuve avant de couper son micro ou sa"
            " caméra, ou de le mettre en attente."
        ),
    ),
    "screen_taken": (409, "Un écran est déjà partagé. Un seul peut l’être à la fois."),
    "picture_not_shown": (
        409,
        "Votre image n’est pas montrée en ce moment : votre écran ne peut pas l’être non plus.",
    ),
    "commission_incomplete": (
        409,
        "{present} examinateur(s) entendu(s), présidence comprise ; il en faut {minimum}.",
    ),
    "too_late": (
        409,
        (
            "Le retard du candidat dépasse la durée de l’épreuve, dont la fin n’est pas décalée : "
            "constatez l’absence ou convenez d’un report."
        ),
    ),
    "sittings_not_ended": (409, "Une épreuve n’est pas terminée."),
    "postponement_not_requested": (409, "Les examinateurs n’ont pas demandé le report."),
    "nothing_to_report": (
        409,
        "Aucun incident n’est constaté : la fiche n’est pas à compléter (annexe 3).",
    ),
    "sheet_signed": (409, "La fiche d’incident est signée : elle ne se complète plus."),
    "sheet_unsigned": (
        409,
        "La fiche d’incident est remise au jury une fois signée par les deux DREETS (annexe 3).",
    ),
    # --- exam time
    "outage_bounds_unfit": (
        422,
        "Une défaillance se déclare entre le début de l’épreuve et maintenant, début avant fin.",
    ),
    "outage_over": (409, "Cette défaillance est déjà terminée."),
    "outage_decided": (409, "Le temps de cette défaillance est décidé : elle ne se retire plus."),
    "time_was_over": (409, "Le temps de l’épreuve était alors écoulé : rien n’a été perdu."),
    "outage_open": (409, "La défaillance dure encore ; elle se décide une fois terminée."),
    "outage_undecided": (409, "Décidez d’abord du temps à rendre pour chaque défaillance."),
    "extension_over_length": (
        422,
        "La défaillance n’a pas duré si longtemps : {most_s} s au plus.",
    ),
    "extension_over_cap": (
        422,
        (
            "La prolongation ne peut dépasser un tiers de la durée réglementaire : {most_s} s "
            "au plus (instruction DGCS/SD4A/2026/19, annexe 1)."
        ),
    ),
    # --- the deliberation
    "deliberation_not_open": (409, "La délibération n’est pas ouverte."),
    "quorum_not_met": (409, "{present} membre(s) présent(s), présidence comprise : {minimum}."),
    "member_cut_off": (
        409,
        "Un membre à distance n’est pas entendu : attendez son retour, ou refaites l’appel.",
    ),
    "hearing_untested": (
        409,
        (
            "Faites d’abord l’essai du son avec ce membre, dans les deux sens (instruction "
            "DGCS/SD4A/2026/19, II.2)."
        ),
    ),
    "continuation_needed": (
        409,
        (
            "Ce membre est coupé : attendez son retour, ou consignez avec son motif que la "
            "délibération continue sans lui (instruction DGCS/SD4A/2026/19, II.2)."
        ),
    ),
    "member_not_cut_off": (409, "Ce membre n’est pas coupé de la réunion : refaites l’appel."),
    "member_recused": (
        403,
        (
            "Vous êtes récusé pour ce candidat : vous ne prenez pas part à la décision "
            "(circulaire 2012-446, 3.3)."
        ),
    ),
    "recusal_of_another": (403, "Seule la présidence récuse un autre membre que vous-même."),
    "not_presiding": (
        403,
        (
            "Cet acte revient à la présidence ou, si elle est récusée pour ce candidat, au premier "
            "membre inscrit qui est présent et ne l’est pas."
        ),
    ),
    "candidate_not_taken_up": (
        409,
        (
            "Un membre présent est récusé pour ce candidat : ouvrez d’abord l’examen de son cas, "
            "pour que ce membre quitte la réunion (circulaire 2012-446, 3.3)."
        ),
    ),
    "nothing_to_decide": (409, "Cette épreuve n’a pas été menée à son terme."),
    "already_decided": (409, "La décision est déjà prise."),
    "decision_not_proposed": (409, "Aucune décision n’est proposée pour ce candidat."),
    "blocks_unfit": (
        422,
        "Une validation partielle désigne ses blocs, une fois chacun, et elle seule.",
    ),
    "block_unknown": (422, "« {block} » n’est pas un bloc de ce diplôme."),
    "votes_missing": (409, "Il manque {missing} vote(s)."),
    "no_majority": (409, "La proposition n’a pas recueilli la majorité."),
    "undecided_candidate": (409, "Un candidat attend encore la décision du jury."),
    # --- after the seal
    "record_unsealed": (
        409,
        "Cet acte suit la clôture de la délibération : le registre n’est pas encore scellé.",
    ),
    "not_a_signer": (
        403,
        (
            "Signent le procès-verbal les membres qui ont pris part à la délibération et le "
            "responsable de session."
        ),
    ),
    "signed_already": (409, "Cette personne a signé."),
    "digest_mismatch": (
        409,
        "Ce qui est signé n’est pas ce document-ci. Rechargez la page, relisez et signez.",
    ),
    "amendment_unknown": (404, "Cet avenant n’existe pas."),
    "minutes_unsigned": (
        409,
        (
            "Il manque {missing} signature(s) au procès-verbal : faites signer, ou indiquez le "
            "motif de chaque signature qui manque."
        ),
    ),
    "results_published": (409, "Les résultats sont déjà publiés : {place}."),
    "office_not_host": (404, "Cette DREETS ne reçoit aucun candidat de la session."),
    "extract_not_sent": (409, "Rien n’a encore été transmis à votre DREETS."),
    "appeal_unknown": (404, "Ce recours n’existe pas."),
    "appeal_closed": (409, "Ce recours est déjà clos."),
}


PROBLEMS_PATH = "/api/problems"


class RequestError(Exception):
    """A refusal of this edge itself; `code` is a line of the table."""

    def __init__(self, code: str, **detail: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class _Details(dict[str, str | int]):
    """A detail that a refusal does not have leaves a dash, never an error in place of another."""

    def __missing__(self, key: str) -> str:
        return "–"


def status_of(code: str) -> int:
    return TABLE[code][0]


def explain(refusal: RequestError | ExamError | AuthError) -> dict[str, object]:
    """Return the problem that a refusal is. Source: RFC 9457 section 3."""
    detail = _facts(refusal)
    status = status_of(refusal.code)
    return {
        "type": f"{PROBLEMS_PATH}#{refusal.code}",
        "title": title_of(status),
        "status": status,
        "detail": message_of(refusal.code, detail),
        "code": refusal.code,
        "details": detail,
    }


def text_of(refusal: RequestError | ExamError | AuthError) -> str:
    """Return what a refusal says to the person."""
    return message_of(refusal.code, _facts(refusal))


def _facts(refusal: RequestError | ExamError | AuthError) -> dict[str, str | int]:
    # The `detail` of an AuthError is a text for logs, not facts for a message.
    return {} if isinstance(refusal, AuthError) else refusal.detail


def message_of(code: str, detail: dict[str, str | int] | None = None) -> str:
    return TABLE[code][1].format_map(_Details(detail or {}))
