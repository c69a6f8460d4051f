import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from media.errors import MalformedPacketError
from media.ice import CONSENT_S, MAX_VALIDATED, Address, Credentials, LiteAgent, parse_request

HERE = ("192.0.2.7", 40_000)
MINE = Credentials("local", "secret-password", "remote")


def check(
    credentials: Credentials = MINE, *, nominates: bool = False, password: str | None = None
) -> bytes:
    """What a full agent sends, written by an implementation that is not ours."""
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = f"{credentials.ufrag}:{credentials.remote_ufrag}"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 2
    if nominates:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity((password or credentials.password).encode())
    return bytes(message)


def answered(
    agent: LiteAgent, data: bytes, address: Address = HERE, *, now: float = 0.0
) -> bytes | None:
    return agent.check(parse_request(data), address, now=now)


@pytest.mark.parametrize("address", [HERE, ("2001:db8::7", 40_000)])
def test_an_authenticated_check_is_answered_with_the_address_it_came_from(
    address: tuple[str, int],
) -> None:
    request = check()
    response = answered(LiteAgent(MINE), request, address)
    assert response is not None
    message = stun.parse_message(response)
    assert message.message_class == stun.Class.RESPONSE
    assert message.transaction_id == request[8:20]
    assert message.attributes["XOR-MAPPED-ADDRESS"] == address
    assert message.check_message_integrity(MINE.password.encode())


def test_an_ipv4_peer_of_a_socket_of_both_families_is_told_its_ipv4_address() -> None:
    response = answered(LiteAgent(MINE), check(), ("::ffff:192.0.2.7", 40_000))
    assert response is not None
    assert stun.parse_message(response).attributes["XOR-MAPPED-ADDRESS"] == HERE


@pytest.mark.parametrize(
    "request_bytes",
    [
        check(password="another"),
        check(Credentials("local", MINE.password, "someone")),
        check(Credentials("other", MINE.password, "remote")),
    ],
    ids=["wrong password", "another peer's fragment", "not our fragment"],
)
def test_any_other_check_changes_nothing(request_bytes: bytes) -> None:
    agent = LiteAgent(MINE)
    assert answered(agent, request_bytes) is None
    assert (agent.selected, agent.validated) == (None, {})


def test_the_first_address_serves_until_one_is_nominated() -> None:
    agent = LiteAgent(MINE)
    answered(agent, check(), ("192.0.2.1", 1))
    answered(agent, check(), ("192.0.2.2", 2))
    assert agent.selected == ("192.0.2.1", 1)
    answered(agent, check(nominates=True), ("192.0.2.2", 2))
    assert agent.selected == ("192.0.2.2", 2)


def test_a_peer_that_moves_is_followed() -> None:
    agent = LiteAgent(MINE)
    answered(agent, check(nominates=True), ("192.0.2.1", 1))
    answered(agent, check(nominates=True), ("198.51.100.1", 9))
    assert agent.selected == ("198.51.100.1", 9)


def test_addresses_are_bounded_and_the_selected_one_stays() -> None:
    agent = LiteAgent(MINE)
    answered(agent, check(nominates=True), ("192.0.2.1", 1))
    for port in range(100, 100 + 3 * MAX_VALIDATED):
        answered(agent, check(), ("192.0.2.1", port))
    assert len(agent.validated) == MAX_VALIDATED
    assert ("192.0.2.1", 1) in agent.validated


def test_an_address_without_checks_loses_consent_and_the_next_best_serves() -> None:
    """RFC 7675 section 5.1: thirty seconds after the last check nothing is sent there."""
    agent = LiteAgent(MINE)
    answered(agent, check(nominates=True), ("192.0.2.1", 1), now=0.0)
    answered(agent, check(), ("192.0.2.2", 2), now=10.0)
    answered(agent, check(), ("192.0.2.3", 3), now=5.0)
    assert agent.expire(CONSENT_S) == []
    assert agent.expire(CONSENT_S + 0.1) == [("192.0.2.1", 1)]
    assert agent.selected == ("192.0.2.3", 3)
    answered(agent, check(), ("192.0.2.2", 2), now=35.0)
    assert agent.expire(CONSENT_S + 5.1) == [("192.0.2.3", 3)]
    assert agent.selected == ("192.0.2.2", 2)
    assert agent.expire(100.0) == [("192.0.2.2", 2)]
    assert agent.selected is None


def test_after_a_restart_the_old_credentials_serve_until_the_first_new_check() -> None:
    agent, new = LiteAgent(MINE), Credentials("fresh", "other-password", "again")
    answered(agent, check(nominates=True))
    agent.restart(new)
    assert answered(agent, check()) is not None
    assert agent.selected == HERE
    assert answered(agent, check(new, nominates=True), ("192.0.2.9", 9)) is not None
    assert agent.selected == ("192.0.2.9", 9)
    assert answered(agent, check()) is None


def test_fresh_credentials_differ() -> None:
    assert Credentials.fresh("r") != Credentials.fresh("r")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        check()[:19],
        check()[:-1],
        b"\x01\x01" + check()[2:],
        check()[:4] + b"\0\0\0\0" + check()[8:],
        bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST)),
    ],
    ids=["empty", "short", "cut", "a response", "no cookie", "no integrity"],
)
def test_anything_else_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPacketError):
        parse_request(data)


@given(st.binary(max_size=60))
def test_any_attributes_are_read_or_malformed(attributes: bytes) -> None:
    head = b"\0\1" + len(attributes).to_bytes(2) + bytes.fromhex("2112a442") + bytes(12)
    try:
        request = parse_request(head + attributes)
    except MalformedPacketError:
        return
    assert LiteAgent(MINE).check(request, HERE, now=0.0) is None


@given(st.data())
def test_one_flipped_bit_is_noticed(data: st.DataObject) -> None:
    good = check(nominates=True)
    covered = len(good) - 8 - 24 + 4 + 20  # up to the end of the integrity itself
    position = data.draw(st.integers(0, covered * 8 - 1))
    bad = bytearray(good)
    bad[position // 8] ^= 1 << position % 8
    try:
        request = parse_request(bytes(bad))
    except MalformedPacketError:
        return
    assert LiteAgent(MINE).check(request, HERE, now=0.0) is None
