"""Where a request comes from: the connection's other end, or what a trusted front says of it.

A front (deploy/caddy, deploy/nginx) appends the address it saw to `X-Forwarded-For`. Only what
an address of `http.trusted_fronts` appended is believed, read from the right; whatever a client
wrote itself stands further left and counts for nothing. Source: RFC 7239 section 8.1.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence

from aiohttp import web

from signaling.neighbours import Neighbours, is_forwarded
from signaling.refusals import RequestError

Host = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MOST_HOPS = 8
LOCAL_PREFIX = 64
"""Of an IPv6 address: all of one network's, which one machine may hold entirely."""

LOCAL_PREFIX_4 = 24
"""Of an IPv4 address: about what one room's machines share."""


class Fronts:
    """Which addresses may speak for others, and in which scheme people come to them."""

    def __init__(
        self, networks: Iterable[Network], *, scheme: str, neighbours: Neighbours | None = None
    ) -> None:
        self._networks = tuple(networks)
        self._scheme = scheme
        self._neighbours = neighbours

    def source(self, request: web.Request) -> str:
        """Return whom to count this request to: an IPv4 address, or an IPv6 /64.

        Raises:
            RequestError: `forwarded_malformed`: what the front says is no list of addresses;
                `scheme_insecure`: it says that the person came without TLS.
        """
        return counted(self._host(request))

    def network(self, request: web.Request) -> str:
        """Return the network a request comes from: an IPv4 /24, or an IPv6 /64.

        Raises:
            RequestError: as `source`.
        """
        host = self._host(request)
        if host is None:
            return ""
        prefix = LOCAL_PREFIX if isinstance(host, ipaddress.IPv6Address) else LOCAL_PREFIX_4
        return str(ipaddress.ip_network((host, prefix), strict=False))

    def host(self, request: web.Request) -> str:
        """Return the address a request comes from; empty: it has none. Raises: as `source`."""
        host = self._host(request)
        return "" if host is None else str(host)

    def _host(self, request: web.Request) -> Host | None:
        if self._neighbours is not None and is_forwarded(request):
            return _address(self._neighbours.source(request))
        host = _address(request.remote or "")
        if host is None or not self._is_front(host):
            return host
        scheme = request.headers.get("X-Forwarded-Proto", self._scheme)
        if scheme != self._scheme:
            raise RequestError("scheme_insecure")
        return self._behind(host, _hops(request.headers.getall("X-Forwarded-For", ())))

    def _behind(self, host: Host, hops: Sequence[str]) -> Host:
        for hop in reversed(hops):
            known = _address(hop)
            if known is None:
                raise RequestError("forwarded_malformed")
            host = known
            if not self._is_front(host):
                break
        return host

    def _is_front(self, host: Host) -> bool:
        return any(host in network for network in self._networks)


def counted(host: Host | None) -> str:
    """Return what one source's requests are counted under."""
    if isinstance(host, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((host, LOCAL_PREFIX), strict=False))
    return str(host)


def _hops(values: Iterable[str]) -> list[str]:
    hops = [hop.strip() for value in values for hop in value.split(",")]
    if len(hops) > MOST_HOPS:
        raise RequestError("forwarded_malformed")
    return hops


def _address(text: str) -> Host | None:
    try:
        host = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = host.ipv4_mapped if isinstance(host, ipaddress.IPv6Address) else None
    return mapped or host
