"""Where the QR code of a document leads: what its control code says, in words.

Anybody may ask who holds the paper, and hears only what the paper says already: whether the
digits on it are the beginning of a digest in that session's record, and of what day.
Source: requirement J7.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus

from aiohttp import web

from signaling.server import SERVER
from visiojury.documents import catalogue
from visiojury.documents.errors import DocumentError
from visiojury.documents.paper import CODE_LENGTH, short_code
from visiojury.documents.zones import clock
from visiojury.exam.state import Session
from visiojury.record.entry import Entry

PATH = "/verifier/{session_id}/{name}"
_PAGE = """<!doctype html>
<html lang="fr">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Contrôle d’un document – VisioJury</title>
  <link rel="icon" href="/static/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/static/theme.css">
  <link rel="stylesheet" href="/static/style.css">
  <link rel="stylesheet" href="/static/pages.css">
</head>
<body>
  <main class="entry"><section class="card entry-card">
    <h1>Contrôle d’un document</h1>
    {paragraphs}
  </section></main>
</body>
</html>
"""


async def show(request: web.Request) -> web.Response:
    """Answer 200 where the code is the record's, 404 with the same page where it is not."""
    session_id, name = request.match_info["session_id"], request.match_info["name"]
    room = await request.app[SERVER].rooms.find(session_id)
    entry = None if room is None else _entry(room.owner.entries, request.query.get("code", ""))
    title = _title(name)
    status, words = HTTPStatus.NOT_FOUND, _unknown()
    if room is not None and entry is not None and title is not None:
        status, words = HTTPStatus.OK, _known(title, room.owner.state, entry)
    content = _PAGE.format(paragraphs="\n    ".join(f"<p>{escape(text)}</p>" for text in words))
    return web.Response(text=content, content_type="text/html", status=status)


def _title(name: str) -> str | None:
    try:
        return catalogue.title_of(name)
    except DocumentError:
        return None


def _entry(entries: list[Entry], code: str) -> Entry | None:
    """Return the entry whose digest begins with all of the code."""
    digits = code.replace(" ", "").lower()
    if len(digits) != CODE_LENGTH:
        return None
    return next((entry for entry in entries if entry.digest.startswith(digits)), None)


def _known(title: str, session: Session, entry: Entry) -> list[str]:
    here = clock(session.organising_office.time_zone)
    day = f"{here.date(entry.event.at_ms)} ({here.whose})"
    return [
        f"{title}, session {session.info.session_id}.",
        (
            f"Le code {short_code(entry.digest)} est bien dans le registre de cette session, à "
            f"l’écriture n° {entry.seq}, du {day}. Comparez-le à celui qui est imprimé."
        ),
        (
            "Le code dit de quel registre vient le document, non que rien n’y a été changé : le "
            "service organisateur peut vérifier le fichier entier."
        ),
    ]


def _unknown() -> list[str]:
    return [
        "Ce code n’est celui d’aucun document établi ici. Vérifiez chaque chiffre.",
        (
            "S’il est recopié sans faute, ne vous fiez pas au document et demandez-en un autre au "
            "service organisateur."
        ),
    ]
