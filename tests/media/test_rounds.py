import pytest

from media.messages import Leave, Stats, TransportChanged
from media.peer import Connection
from media.rounds import Rounds
from tests.media.rounds import whole_round
from tests.media.test_room import Table


def begun(table: Table) -> Rounds:
    return Rounds(table.relay, cpu_s=lambda: 0.0, now=table.now)


def test_who_leaves_during_a_round_is_judged_no_more() -> None:
    """Their turn comes 60 s later, by when silence would have taken them out once more."""
    table = Table()
    table.join("a")
    table.join("b")
    rounds = begun(table)
    rounds.begin(table.now, due=table.now)
    assert rounds.turn(table.now)
    table.tell(Leave(id=2, room="r", peer="b"))
    while rounds.turn(table.now + 60):
        pass
    gone = [(e.peer, e.reason) for e in table.events if isinstance(e, TransportChanged)]
    assert gone == [("b", "left")]


def test_each_peer_is_reported_to_each_second_at_its_own_instant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table, reported = Table(), list[tuple[str, float]]()
    monkeypatch.setattr(
        table.relay.feedback,
        "report",
        lambda connection, now: reported.append((_name(connection), now)),
    )
    rounds, began = begun(table), table.now
    table.join("a")
    for tick in range(1, 51):
        table.now = began + tick / 10
        if tick == 5:
            table.join("b")
        whole_round(rounds, table.now)
    of_a, of_b = ([now for name, now in reported if name == who] for who in "ab")
    assert (len(of_a), len(of_b)) == (5, 5)
    assert of_a == pytest.approx([began + 0.1 + second for second in range(5)])
    assert of_b == pytest.approx([began + 0.5 + second for second in range(5)])


def _name(connection: Connection) -> str:
    return connection.peer.name


def test_statistics_of_all_leave_together_each_second() -> None:
    table = Table()
    table.join("a")
    table.join("b")
    rounds = begun(table)
    for tick in range(1, 21):
        whole_round(rounds, table.now + tick / 10)
    told = [event for event in table.events if isinstance(event, Stats)]
    assert [[peer.peer for peer in stats.peers] for stats in told] == [["a", "b"]] * 2
