"""What may be spent: never more than the burst at once, nor than the rate in the long run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signaling.budget import MOST_KNOWN, Budget, Budgets, Rate

RATE = Rate(per_s=2.0, burst=5.0)


def test_a_burst_then_the_rate() -> None:
    budget = Budget(RATE, 0.0)
    assert [budget.spend(0.0) for _ in range(6)] == [True] * 5 + [False]
    assert budget.spend(0.5)
    assert not budget.spend(0.6)
    assert 0.3 < budget.wait_s <= 0.4


@given(st.lists(st.floats(0.0, 60.0), max_size=80))
def test_never_more_than_burst_and_rate_allow(instants: list[float]) -> None:
    budget = Budget(RATE, 0.0)
    times = sorted(instants)
    spent = sum(budget.spend(at) for at in times)
    assert spent <= RATE.burst + RATE.per_s * (times[-1] if times else 0.0) + 1e-6


def test_each_has_its_own() -> None:
    budgets = Budgets(RATE)
    assert [budgets.spend("one", 0.0) for _ in range(5)] == [0.0] * 5
    assert budgets.spend("one", 0.0) == 0.5
    assert budgets.spend("other", 0.0) == 0.0


def test_memory_is_bounded_and_the_busy_are_remembered() -> None:
    budgets = Budgets(RATE)
    for _ in range(5):
        budgets.spend("busy", 0.0)
    for number in range(MOST_KNOWN + 10):
        budgets.spend(number, 0.0)
        if number % 1_000 == 0:
            assert budgets.spend("busy", 0.0) > 0
    assert len(budgets._of) == MOST_KNOWN
