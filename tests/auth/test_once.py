from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auth.once import OnceMemory


def test_a_key_is_accepted_once() -> None:
    memory = OnceMemory(10)
    assert memory.first_use("a", until=60, now=0)
    assert not memory.first_use("a", until=60, now=1)
    assert memory.first_use("b", until=60, now=1)


def test_a_full_memory_refuses_the_replay_of_what_it_had_to_forget() -> None:
    memory = OnceMemory(2)
    assert all(memory.first_use(key, until=until, now=0) for key, until in (("a", 1), ("b", 2)))
    assert memory.first_use("c", until=3, now=0)
    assert not memory.first_use("a", until=1, now=0)
    assert len(memory) == 2


def test_a_flood_leaves_later_keys_usable() -> None:
    memory = OnceMemory(100)
    for index in range(1_000):
        memory.first_use(f"flood-{index}", until=50, now=0)
    assert memory.first_use("honest", until=60, now=0)


def test_what_ended_is_forgotten() -> None:
    memory = OnceMemory(100)
    for index in range(50):
        memory.first_use(f"old-{index}", until=10, now=0)
    memory.first_use("new", until=100, now=10)
    assert len(memory) == 1


uses = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40)), max_size=60)


@given(uses=uses, capacity=st.integers(1, 6))
def test_nothing_is_accepted_twice_whatever_the_clock_does(
    uses: list[tuple[int, int]], capacity: int
) -> None:
    """The clock may go back, the memory may overflow: a key never passes a second time."""
    memory, accepted = OnceMemory(capacity), []
    for until, now in uses:
        key = f"ends-{until}"
        if memory.first_use(key, until=until, now=now):
            accepted.append(key)
    assert len(accepted) == len(set(accepted))
    assert len(memory) <= capacity
