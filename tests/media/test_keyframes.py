from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from media.keyframes import MAX_REPEATS, MERGE_S, REPEAT_S, THROTTLE_S, KeyFrameRequester


def test_a_wanted_key_frame_is_asked_for_at_once() -> None:
    requester = KeyFrameRequester()
    assert not requester.is_due(1.0)
    requester.want(now=1.0, urgent=False)
    assert requester.is_due(1.0)
    assert not requester.is_due(1.0)


def test_receivers_that_lost_packets_share_one_request() -> None:
    requester = KeyFrameRequester()
    requester.want(now=1.0, urgent=False)
    assert requester.is_due(1.0)
    requester.arrived()
    requester.want(now=1.2, urgent=False)
    assert not requester.is_due(1.3)
    assert requester.is_due(1.0 + THROTTLE_S)


def test_a_new_slot_does_not_wait_for_the_throttle() -> None:
    requester = KeyFrameRequester()
    requester.want(now=1.0, urgent=False)
    assert requester.is_due(1.0)
    requester.want(now=1.01, urgent=True)
    assert not requester.is_due(1.02)
    assert requester.is_due(1.0 + MERGE_S)


def test_it_is_asked_again_until_one_comes_and_not_for_ever() -> None:
    requester = KeyFrameRequester()
    requester.want(now=0.0, urgent=True)
    asked = [i for i in range(1000) if requester.is_due(i * REPEAT_S)]
    assert asked == list(range(MAX_REPEATS + 1))
    requester.want(now=1000.0, urgent=True)
    assert requester.is_due(1000.0)
    requester.arrived()
    assert not requester.is_due(2000.0)


@given(st.lists(st.floats(0.0, 10.0), max_size=60), st.booleans())
def test_requests_never_come_closer_than_they_may(times: list[float], urgent: bool) -> None:
    requester, sent = KeyFrameRequester(), list[float]()
    for now in sorted(times):
        requester.want(now=now, urgent=urgent)
        if requester.is_due(now):
            sent.append(now)
            requester.arrived()
    least = MERGE_S if urgent else THROTTLE_S
    assert all(b - a >= least - 1e-9 for a, b in pairwise(sent))
