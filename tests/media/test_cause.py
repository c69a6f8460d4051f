from dataclasses import replace

from media.cause import CauseJudge, Evidence
from media.kinds import Cause

FELL = Evidence("room", "peer", 10.0, others_silent=(True,), is_transport_alive=False)


def test_all_streams_silent_is_the_uplink() -> None:
    assert CauseJudge().judge(FELL) is Cause.UPLINK


def test_one_stream_silent_is_the_capture() -> None:
    assert CauseJudge().judge(replace(FELL, others_silent=(False,))) is Cause.CAPTURE


def test_a_single_stream_is_judged_by_the_rest_of_the_traffic() -> None:
    alone = replace(FELL, others_silent=())
    assert CauseJudge().judge(alone) is Cause.UPLINK
    assert CauseJudge().judge(replace(alone, is_transport_alive=True)) is Cause.CAPTURE


def test_our_own_lag_where_it_began_is_ours() -> None:
    judge = CauseJudge()
    judge.lagged(9.95, 10.3)
    assert judge.judge(FELL) is Cause.RELAY


def test_a_short_lag_or_one_elsewhere_is_not_the_reason() -> None:
    judge = CauseJudge()
    judge.lagged(9.98, 10.05)
    judge.lagged(5.0, 6.0)
    judge.lagged(14.0, 16.0)
    assert judge.judge(FELL) is Cause.UPLINK


def test_peers_that_fall_together_fell_because_of_us() -> None:
    judge = CauseJudge()
    judge.fell(replace(FELL, peer="another", since=10.4))
    assert judge.judge(FELL) is Cause.RELAY


def test_two_streams_of_one_peer_are_one_fall() -> None:
    judge = CauseJudge()
    judge.fell(FELL)
    assert judge.judge(FELL) is Cause.UPLINK


def test_the_same_name_in_another_room_is_another_peer() -> None:
    judge = CauseJudge()
    judge.fell(replace(FELL, room="elsewhere"))
    assert judge.judge(FELL) is Cause.RELAY


def test_peers_that_fall_apart_have_nothing_in_common() -> None:
    judge = CauseJudge()
    judge.fell(replace(FELL, peer="another", since=11.0))
    assert judge.judge(FELL) is Cause.UPLINK


def test_what_does_not_come_down_is_the_downlink_unless_it_is_ours() -> None:
    judge = CauseJudge()
    assert judge.judge_received(FELL) is Cause.DOWNLINK
    judge.lagged(9.95, 10.3)
    assert judge.judge_received(FELL) is Cause.RELAY
