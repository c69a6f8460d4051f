"""The HTTP API: one table of routes, from which it is served and described.

route.py     what a route is, bodies in and out     access.py     links, tickets, tokens
tokens.py    renewal, published keys             oidc.py       sign-in at the OpenID provider
passkeys.py  passkeys                             sessions.py   sessions, acts, calendar, warnings
documents.py documents, record, archive           register.py   who is here
files.py     what is shown or sent                imports.py    sessions from files
service.py   the server itself                   stations.py   signing in at a station
signing_out.py access given back                 timeline.py   the timeline of a sitting
"""

from signaling.api import (
    access,
    documents,
    files,
    imports,
    oidc,
    passkeys,
    register,
    service,
    sessions,
    signing_out,
    stations,
    timeline,
    tokens,
)
from signaling.api.route import Route

ROUTES: tuple[Route, ...] = (
    *access.ROUTES,
    *oidc.ROUTES,
    *passkeys.ROUTES,
    *tokens.ROUTES,
    *signing_out.ROUTES,
    *sessions.ROUTES,
    *imports.ROUTES,
    *documents.ROUTES,
    *register.ROUTES,
    *timeline.ROUTES,
    *files.ROUTES,
    *stations.ROUTES,
    *service.ROUTES,
)

__all__ = ["ROUTES", "Route"]
