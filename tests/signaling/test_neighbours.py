"""What servers of one installation tell each other is believed; what anybody else says is not."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from signaling.instants import Instants
from signaling.neighbours import GOOD_FOR_MS, HEADER, Neighbours
from signaling.origin import Fronts
from signaling.refusals import RequestError

KEY, PATH, SOURCE = b"k" * 32, "/api/ws?session=s", "203.0.113.7"


class Wall:
    now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def neighbours(wall: Wall) -> Neighbours:
    return Neighbours(KEY, Instants(lambda: 0.0, wall))


def request(header: str | None = None, *, method: str = "GET", path: str = PATH) -> web.Request:
    return make_mocked_request(method, path, headers={} if header is None else {HEADER: header})


def refused(neighbours: Neighbours, asked: web.Request) -> str:
    with pytest.raises(RequestError) as refusal:
        neighbours.source(asked)
    return refusal.value.code


@pytest.mark.parametrize("source", [SOURCE, "2001:db8::1", ""])
def test_the_address_is_told_whole(neighbours: Neighbours, source: str) -> None:
    header = neighbours.header(request(), source)
    assert neighbours.source(request(header)) == source


def test_it_holds_for_one_request_line_and_one_moment(neighbours: Neighbours, wall: Wall) -> None:
    header = neighbours.header(request(), SOURCE)
    assert refused(neighbours, request(header, method="POST")) == "forwarded_malformed"
    assert refused(neighbours, request(header, path="/api/ws?session=t")) == "forwarded_malformed"
    wall.now_s += GOOD_FOR_MS / 1000
    assert neighbours.source(request(header)) == SOURCE
    wall.now_s += 1
    assert refused(neighbours, request(header)) == "forwarded_malformed"


@pytest.mark.parametrize("header", ["", "x", "1 2", "1 2 3", "é é é", "1000000000 - "])
def test_what_no_server_said_is_refused(neighbours: Neighbours, header: str) -> None:
    assert refused(neighbours, request(header)) == "forwarded_malformed"


def test_another_installation_is_a_stranger(neighbours: Neighbours, wall: Wall) -> None:
    foreign = Neighbours(b"x" * 32, Instants(lambda: 0.0, wall)).header(request(), SOURCE)
    assert refused(neighbours, request(foreign)) == "forwarded_malformed"


def test_the_person_is_counted_where_they_came_from(neighbours: Neighbours) -> None:
    fronts = Fronts((), scheme="http", neighbours=neighbours)
    passed_on = request(neighbours.header(request(), SOURCE))
    assert fronts.source(passed_on) == SOURCE
    assert fronts.network(passed_on) == "203.0.113.0/24"
    # A server alone has no neighbours: the header is one that it does not know.
    assert Fronts((), scheme="http").source(passed_on) != SOURCE
