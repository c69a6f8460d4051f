"""The aiohttp application: routes, refusals, security headers, the pages, the metrics."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from auth.errors import AuthError
from signaling import proof_page, telemetry
from signaling.api import ROUTES
from signaling.expiries import Expiries
from signaling.forwarding import Forwarding
from signaling.limits import Gauge
from signaling.live_metrics import LiveCollector
from signaling.messages import MAX_MESSAGE_BYTES
from signaling.oidc import CALLBACK_PATH, SIGNED_OUT_PATH
from signaling.refusals import TABLE, RequestError, explain, status_of
from signaling.server import SERVER, Server
from visiojury.exam.errors import ExamError
from visiojury.record.errors import RecordError

log = structlog.get_logger()

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob: mediastream:; connect-src 'self' ws: wss:; "
        "frame-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
"""One year, sent where people come by TLS. Source: RFC 6797 section 6.1; ASVS 5 V3.4.1."""
CHALLENGE = 'DPoP algs="ES256", Bearer'
"""How to say who one is. Source: RFC 9110 section 11.6.1, RFC 9449 section 7.1."""
WEB = Path(str(resources.files("signaling"))) / "web"


def build(server: Server) -> web.Application:
    """Return the application that serves people: API, WebSocket and pages."""
    scheme = urlsplit(server.gate.origins[0]).scheme
    gauge = Gauge(server.settings.limits, server.fronts)
    middlewares = [explain_refusals, _passed(gauge.pass_on)]
    forwarding = None if server.ownership is None else Forwarding(server)
    if forwarding is not None:
        middlewares.append(_passed(forwarding.pass_on))
    app = web.Application(middlewares=middlewares, client_max_size=MAX_MESSAGE_BYTES)
    if forwarding is not None:
        app.cleanup_ctx.append(forwarding.running)
    app[SERVER] = server
    for route in ROUTES:
        app.router.add_route(route.method, route.path, route.handler)
    for path in ("/", CALLBACK_PATH, SIGNED_OUT_PATH):
        app.router.add_get(path, _index)
    app.router.add_get(proof_page.PATH, proof_page.show)
    app.router.add_static("/static/", WEB)
    headers = SECURITY_HEADERS
    if scheme == "https":
        headers = {**headers, "Strict-Transport-Security": STRICT_TRANSPORT}

    async def secure(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers)
        # Pages and answers are of this moment; after an upgrade nobody may run yesterday's client.
        response.headers.setdefault("Cache-Control", "no-cache")

    app.on_response_prepare.append(secure)
    return app


def _passed(
    pass_on: Callable[[web.Request, Handler], Awaitable[web.StreamResponse]],
) -> Middleware:
    @web.middleware
    async def passed(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await pass_on(request, handler)

    return passed


def build_metrics(server: Server) -> web.Application:
    """Return the application that serves Prometheus, on a port of its own."""
    collectors = (
        telemetry.RelayCollector(server.relays.stats),
        LiveCollector(lambda: server.rooms, Expiries(server.settings).read),
    )
    for collector in collectors:
        telemetry.REGISTRY.register(collector)

    async def metrics(_request: web.Request) -> web.Response:
        content = generate_latest(telemetry.REGISTRY)
        return web.Response(body=content, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def forget(_app: web.Application) -> None:
        for collector in collectors:
            telemetry.REGISTRY.unregister(collector)

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    app.on_cleanup.append(forget)
    return app


@web.middleware
async def explain_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every refusal with its code and a French message; anything else is our bug."""
    try:
        return await handler(request)
    except (ExamError, AuthError, RequestError) as refusal:
        return _refused(refusal)
    except RecordError as error:
        log.warning("record.failed", code=error.code)
        return _refused(RequestError("record_unavailable"))
    except web.HTTPRequestEntityTooLarge:
        return _refused(RequestError("body_too_big"))
    except web.HTTPNotFound:
        return _refused(RequestError("not_found"))
    except web.HTTPMethodNotAllowed as refusal:
        response = _refused(RequestError("method_not_allowed"))
        response.headers["Allow"] = ", ".join(sorted(refusal.allowed_methods))
        return response
    except web.HTTPClientError:
        return _refused(RequestError("request_refused"))
    except web.HTTPException:
        raise
    except Exception:
        log.exception("request.failed", path=request.match_info.handler.__name__)
        return _refused(RequestError("internal_error"))


def _refused(refusal: ExamError | AuthError | RequestError) -> web.Response:
    assert refusal.code in TABLE, f"{refusal.code} has no line in the table of refusals"
    telemetry.REFUSALS.labels(refusal.code).inc()
    log.info("request.refused", code=refusal.code)
    response = web.json_response(
        explain(refusal), status=status_of(refusal.code), content_type="application/problem+json"
    )
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        response.headers["Retry-After"] = str(getattr(refusal, "detail", {}).get("wait_s", 1))
    if response.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = CHALLENGE
    return response


async def _index(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(WEB / "index.html")
