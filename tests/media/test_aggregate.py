"""Ten seconds as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.aggregate import SECONDS, Aggregator
from media.kinds import Direction, Stream
from media.messages import PeerStats, QualityMeasured, StreamStats

pytestmark = pytest.mark.requirement("D6")


def second(score: int = 90, *, packets: int = 50, lost: int = 0, peer: str = "a") -> PeerStats:
    sound = StreamStats(
        stream=Stream.AUDIO,
        direction=Direction.SENT,
        bitrate_bps=32_000,
        packets=packets,
        lost=lost,
        jitter_ms=4.0,
        frames=0,
        glitches=1,
        freezes=0,
        score=score,
        mos=4.0,
    )
    return PeerStats(room="r", peer=peer, rtt_ms=20.0, score=score, streams=[sound])


def fill(aggregator: Aggregator, seconds: list[list[PeerStats]]) -> list[QualityMeasured]:
    given_out = (aggregator.add(peers, now=1.0 + i) for i, peers in enumerate(seconds))
    return [measured for measured in given_out if measured is not None]


def test_ten_seconds_become_one_and_the_next_ten_another() -> None:
    measured = fill(Aggregator(now=0.0), [[second()]] * 25)
    assert [(one.from_s, one.to_s) for one in measured] == [(0.0, 10.0), (10.0, 20.0)]
    [peer] = measured[0].peers
    [sound] = peer.streams
    assert (peer.room, peer.peer, peer.rtt_ms) == ("r", "a", 20.0)
    assert (sound.seconds, sound.packets, sound.glitches) == (10, 500, 10)
    assert (sound.bitrate_bps, sound.jitter_ms, sound.mos) == (32_000, 4.0, 4.0)


@given(st.lists(st.integers(0, 100), min_size=SECONDS, max_size=SECONDS))
def test_the_worst_second_is_kept_beside_the_mean(scores: list[int]) -> None:
    [measured] = fill(Aggregator(now=0.0), [[second(score)] for score in scores])
    [sound] = measured.peers[0].streams
    assert sound.score_min == min(scores)
    assert sound.score == round(sum(scores) / SECONDS)
    assert measured.peers[0].score == scores[-1]


def test_who_was_there_for_three_seconds_has_three() -> None:
    there = [[second(), second(peer="b")]] * 3
    [measured] = fill(Aggregator(now=0.0), [*there, *[[second()]] * 7])
    seconds = {peer.peer: peer.streams[0].seconds for peer in measured.peers}
    assert seconds == {"a": 10, "b": 3}


def test_who_sent_nothing_is_not_in_it() -> None:
    silent = PeerStats(room="r", peer="a", rtt_ms=None, score=None, streams=[])
    [measured] = fill(Aggregator(now=0.0), [[silent]] * SECONDS)
    assert measured.peers == []


def test_a_packet_that_came_after_all_takes_back_its_loss() -> None:
    seconds = [[second(lost=3)], [second(lost=-2)], *[[second()]] * 8]
    [measured] = fill(Aggregator(now=0.0), seconds)
    assert measured.peers[0].streams[0].lost == 1
