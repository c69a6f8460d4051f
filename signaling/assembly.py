"""Everything a server is made of, put together on ports that are open already."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import AsyncIterator

from aiohttp import web

from auth.errors import AuthError
from signaling import app, installation_key
from signaling.errors import SettingsError, StartError
from signaling.instants import Instants
from signaling.relays import Relays
from signaling.server import Server
from signaling.settings import Settings
from signaling.timestamps import authority_of
from signaling.tls import context_of
from visiojury.record.errors import RecordError
from visiojury.record.store import RecordStore
from visiojury.reference import Library, ReferenceDataError

STOP_S = 3.0


@contextlib.asynccontextmanager
async def assembled(
    settings: Settings, relays: Relays, listening: socket.socket, metrics: socket.socket
) -> AsyncIterator[Server]:
    """Yield a server that answers: people on `listening`, Prometheus on `metrics`.

    Raises:
        StartError: the record or the keys cannot be used, or the relay does not start.
    """
    async with contextlib.AsyncExitStack() as stack:
        tls = context_of(settings.http)
        server = await _server(settings, relays, listening, stack)
        try:
            await stack.enter_async_context(server.running())
            await server.relay_started()
        except RecordError as error:
            raise StartError(f"{settings.record} : {error}") from error
        except TimeoutError:
            raise StartError(
                "Le relais ne démarre pas : vérifiez relay.host et relay.port."
            ) from None
        for application, listener, context in (
            (app.build(server), listening, tls),
            (app.build_metrics(server), metrics, None),
        ):
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=STOP_S)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            await web.SockSite(runner, listener, ssl_context=context).start()
        stack.push_async_callback(server.say_goodbye)
        yield server


async def _server(
    settings: Settings,
    relays: Relays,
    listening: socket.socket,
    stack: contextlib.AsyncExitStack,
) -> Server:
    try:
        library = Library.read(settings.reference)
        keys, key_ring = installation_key.made_or_read(settings)
        store = await RecordStore.open(
            settings.record,
            password=settings.database_password(),
            wrapping_key=keys.derive(installation_key.PEOPLE),
            node=settings.cluster.address,
        )
        authority = authority_of(settings.timestamp)
        shared_secrets = settings.shared_secrets()
    except (ReferenceDataError, SettingsError) as error:
        raise StartError(str(error)) from error
    except (AuthError, RecordError, OSError) as error:
        raise StartError(f"{settings.data} : {error}") from error
    stack.push_async_callback(store.close)
    return Server(
        settings=settings,
        store=store,
        keys=keys,
        key_ring=key_ring,
        instants=Instants(time.time, time.monotonic),
        origins=settings.http.public_origins(listening.getsockname()[1]),
        relays=relays,
        library=library,
        shared_secrets=shared_secrets,
        authority=authority,
    )
