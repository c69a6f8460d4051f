import gc
import weakref
from collections.abc import Iterator

import pytest

from media import garbage
from media.cache import VIDEO_PACKETS, PacketCache
from media.downlink import SentLog
from tests.media.test_nack import kept


@pytest.fixture
def undisturbed() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Cycle:
    def __init__(self) -> None:
        self.itself = self


@pytest.mark.usefixtures("undisturbed")
def test_what_was_left_behind_is_collected_once_enough_have_left() -> None:
    collector, lost = garbage.Collector(), weakref.ref(Cycle())
    assert not collector.collect_if_due(garbage.ENDED - 1)
    assert lost() is not None
    assert collector.collect_if_due(garbage.ENDED)
    assert lost() is None
    assert not collector.collect_if_due(garbage.ENDED)
    assert collector.collect_if_due(2 * garbage.ENDED)


@pytest.mark.usefixtures("undisturbed")
def test_what_else_leaves_much_behind_is_collected_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "MADE", 3_000)
    collector, lost = garbage.Collector(), weakref.ref(Cycle())
    assert not collector.collect_if_due(0)
    many = [Cycle() for _ in range(3_000)]
    assert collector.collect_if_due(0)
    assert lost() is None
    assert len(many) == 3_000


@pytest.mark.usefixtures("undisturbed")
def test_packets_that_are_kept_leave_nothing_to_follow() -> None:
    """What `media.garbage` relies on: else each collection would walk through all of them."""
    cache, log = PacketCache(VIDEO_PACKETS), SentLog()
    before = len(gc.get_objects())
    for number in range(VIDEO_PACKETS):
        packet, data = kept(number)
        cache.put(packet, data)
        log.sent(number, now=number / 10)
    gc.collect()
    assert cache.get(VIDEO_PACKETS - 1) is not None
    assert len(gc.get_objects()) - before < 20
