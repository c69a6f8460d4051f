from media.allowance import BURST, PER_S, Allowance


def spent(allowance: Allowance, wanted: int) -> int:
    return sum(allowance.spend() for _ in range(wanted))


def test_a_burst_is_allowed_and_then_a_rate() -> None:
    allowance = Allowance(now=10.0)
    assert spent(allowance, 2 * BURST) == BURST
    allowance.refill(10.5)
    assert spent(allowance, 2 * BURST) == PER_S // 2
    allowance.refill(10.5)
    assert spent(allowance, 1) == 0


def test_silence_saves_no_more_than_a_burst() -> None:
    allowance = Allowance(now=10.0)
    allowance.refill(10_000.0)
    assert spent(allowance, 2 * BURST) == BURST
