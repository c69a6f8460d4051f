"""French for the codes of the record. A test asserts that every code has its word."""

from __future__ import annotations

from visiojury.exam import events as ev
from visiojury.exam.identity import IdentityCheck
from visiojury.exam.people import Attendance, Role
from visiojury.exam.transitions import SittingState

ROLES: dict[Role, str] = {
    Role.ORGANISER: "agent de la DREETS organisatrice",
    Role.INVIGILATOR: "référent de l’épreuve",
    Role.CANDIDATE: "candidat",
    Role.ASSISTANT: "personne habilitée à porter assistance",
    Role.EXAMINER: "examinateur",
    Role.CHAIR: "président du jury",
    Role.SESSION_MANAGER: "responsable de session",
    Role.TECHNICIAN: "personnel technique",
    Role.OPS: "exploitation",
    Role.STATION: "poste",
}
DOCUMENTS: dict[ev.DocumentKind, str] = {
    "identity_card": "carte nationale d’identité",
    "passport": "passeport",
    "residence_permit": "titre de séjour",
    "driving_licence": "permis de conduire",
    "other": "autre pièce",
}
SIGN_IN = "connexion au fournisseur d’identité"


def shown(check: IdentityCheck) -> str:
    """Return what a person was compared with, or the sign-in that was accepted instead."""
    if check.document is not None:
        return DOCUMENTS[check.document]
    assert check.sign_in is not None, "a check is by a document or by a sign-in"
    return f"{SIGN_IN} ({check.sign_in.issuer}, niveau {check.sign_in.acr})"


ROUTES: dict[ev.Route, str] = {
    "vae": "validation des acquis de l’expérience (VAE)",
    "training": "formation",
}
ATTENDANCE: dict[Attendance, str] = {
    "on_site": "sur place",
    "remote": "à distance",
    "absent": "absent",
}
STREAMS: dict[ev.Stream, str] = {"audio": "son", "video": "image"}
CAUSES: dict[ev.Cause, str] = {
    "uplink": "liaison depuis son poste",
    "capture": "microphone ou caméra de son poste",
    "downlink": "liaison vers son poste",
    "relay": "serveur de visioconférence",
}
PARTS = {"server": "serveur", "relay": "relais audio et vidéo"}
OUTCOMES: dict[ev.Outcome, str] = {
    "full": "diplôme accordé en totalité",
    "partial": "validation partielle",
    "none": "diplôme refusé",
}
STATES: dict[SittingState, str] = {
    SittingState.SCHEDULED: "épreuve prévue, non tenue",
    SittingState.ADMITTED: "candidat admis, épreuve non commencée",
    SittingState.RUNNING: "épreuve en cours",
    SittingState.PAUSED: "épreuve en pause",
    SittingState.CLOSED: "épreuve tenue jusqu’à son terme",
    SittingState.POSTPONED: "épreuve reportée",
    SittingState.ABSENT: "candidat absent",
    SittingState.CANCELLED: "épreuve annulée",
    SittingState.WITHDRAWN: "candidat ayant renoncé",
    SittingState.EXPELLED: "candidat exclu",
    SittingState.VOIDED: "épreuve annulée : la prestation ne compte pas",
}
SIDES: dict[ev.Side, str] = {
    "candidate": "côté candidat",
    "jury": "côté jury",
    "both": "des deux côtés",
    "service": "serveur de visioconférence",
}
DECLARED_STREAMS: dict[ev.Streams, str] = {
    "audio": "son",
    "video": "image",
    "both": "son et image",
}
MEANS: dict[ev.SignatureMeans, str] = {"screen": "à l’écran", "paper": "sur papier"}
AUTHENTICATION = {
    "invitation": "lien personnel",
    "invitation+code": "lien personnel et code",
    "invitation+totp": "lien personnel et application d’authentification",
    "invitation+openid": "lien personnel et compte d’agent",
    "invitation+passkey": "lien personnel et clé d’accès",
    "station+code": "code donné au poste",
    "station+totp": "application d’authentification, au poste",
    "station+passkey": "clé d’accès, au poste",
    "attested": "présence attestée par un agent",
    "administration": "administration",
}


def authentication(code: str) -> str:
    """Return the words for how a person proved who they are; a code unknown here, as it is."""
    return AUTHENTICATION.get(code, code)
