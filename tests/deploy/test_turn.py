"""The TURN server of deploy/turn relays to the relay and nowhere else. OWASP ASVS 5.0, V17.1."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signaling.turn import VALID_S
from tests.deploy.turn import TURNClient, TURNServer, coturn
from tests.e2e.netns import new_host, why_not

FORBIDDEN, UNAUTHORIZED, QUOTA_REACHED = 403, 401, 486
QUOTA = 10


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TURNServer]:
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    directory = tmp_path_factory.mktemp("turn")
    with (
        new_host(directory) as host,
        coturn(
            directory, address=host.gateway, address_v6=host.gateway_v6, relay=host.gateway
        ) as server,
    ):
        yield server


@pytest.fixture
def client(turn: TURNServer, request: pytest.FixtureRequest) -> Iterator[TURNClient]:
    client = TURNClient(turn, turn.credentials(request.node.name))
    yield client
    client.close()


def test_the_relay_is_reached(turn: TURNServer, client: TURNClient) -> None:
    assert client.allocate() == 0
    assert client.permit(turn.address) == 0


@pytest.mark.parametrize(
    "peer",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "8.8.8.8",
    ],
)
def test_no_other_address_is(client: TURNClient, peer: str) -> None:
    """ASVS 17.1.1: neither special-purpose addresses nor anybody else's."""
    assert client.allocate() == 0
    assert client.permit(peer) == FORBIDDEN


@pytest.mark.parametrize(
    "peer",
    [
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "2001:db8::1",
        "2002:a00:1::1",
        "fc00::1",
        "fe80::1",
        "ff02::1",
        "2606:4700::1111",
    ],
)
def test_nor_any_of_ipv6_mapped_ones_included(client: TURNClient, peer: str) -> None:
    assert client.allocate(is_ipv6=True) == 0
    assert client.permit(peer) == FORBIDDEN


def test_credentials_end_by_themselves_and_cannot_be_made_up(turn: TURNServer) -> None:
    old = turn.credentials(age_s=VALID_S + 5)
    good = turn.credentials()
    prolonged = good.model_copy(update={"username": "9" + good.username})
    for wrong in (old, prolonged, good.model_copy(update={"credential": "guess"})):
        client = TURNClient(turn, wrong)
        assert client.allocate() == UNAUTHORIZED
        client.close()


def test_one_person_cannot_take_all_ports(turn: TURNServer) -> None:
    """ASVS 17.1.2, for whoever asks for new credentials each time too."""
    clients = [
        TURNClient(turn, turn.credentials("session/greedy", age_s=number))
        for number in range(QUOTA + 3)
    ]
    codes = [client.allocate() for client in clients]
    other = TURNClient(turn, turn.credentials("session/modest"))
    try:
        assert codes == [0] * QUOTA + [QUOTA_REACHED] * 3
        assert other.allocate() == 0
    finally:
        for client in (*clients, other):
            client.close()
