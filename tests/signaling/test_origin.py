"""Where a request comes from: only a trusted front is believed, and only what it added."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from signaling.origin import MOST_HOPS, Fronts
from signaling.refusals import RequestError

FRONTS = Fronts([ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8")], scheme="https")


def request_from(remote: str, *forwarded: str, proto: str = "") -> web.Request:
    headers = [("X-Forwarded-For", one) for one in forwarded]
    headers += [("X-Forwarded-Proto", proto)] if proto else []
    request = make_mocked_request("GET", "/", headers=CIMultiDict(headers))
    return request.clone(remote=remote)


@pytest.mark.parametrize(
    ("remote", "forwarded", "source"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1, 10.1.2.3"], "198.51.100.1"),
        ("127.0.0.1", ["203.0.113.7, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["rubbish, 198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["203.0.113.7", "198.51.100.1"], "198.51.100.1"),
        ("::ffff:127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["2001:db8:1:2::9"], "2001:db8:1:2::/64"),
    ],
)
def test_who_asks(remote: str, forwarded: list[str], source: str) -> None:
    assert FRONTS.source(request_from(remote, *forwarded)) == source


@pytest.mark.parametrize(
    ("forwarded", "proto", "code"),
    [
        (["not-an-address"], "", "forwarded_malformed"),
        ([", ".join(["10.0.0.1"] * (MOST_HOPS + 1))], "", "forwarded_malformed"),
        (["198.51.100.1"], "http", "scheme_insecure"),
        (["198.51.100.1"], "https, http", "scheme_insecure"),
    ],
)
def test_a_front_that_says_something_else_is_refused(
    forwarded: list[str], proto: str, code: str
) -> None:
    with pytest.raises(RequestError) as refusal:
        FRONTS.source(request_from("127.0.0.1", *forwarded, proto=proto))
    assert refusal.value.code == code


def test_what_a_stranger_says_of_the_scheme_is_nothing() -> None:
    request: Any = request_from("203.0.113.9", "198.51.100.1", proto="http")
    assert FRONTS.source(request) == "203.0.113.9"
