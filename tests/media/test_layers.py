from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from media.layers import MAX_BPS, MIN_BPS, START_BPS, Capacity, Wish, choose

CAMERA = (100_000, 300_000, 1_200_000)


def test_each_gets_what_it_shows_where_there_is_room() -> None:
    wishes = [Wish(720, CAMERA), Wish(360, CAMERA), Wish(180, CAMERA), Wish(0, CAMERA)]
    assert choose(wishes, 10_000_000) == [2, 1, 0, None]


def test_a_layer_is_enlarged_a_little_before_the_next_one_is_sent() -> None:
    assert choose([Wish(240, CAMERA)], 10_000_000) == [0]
    assert choose([Wish(241, CAMERA)], 10_000_000) == [1]


def test_one_picture_is_sent_whatever_the_estimate_says() -> None:
    assert choose([Wish(100, CAMERA), Wish(700, CAMERA)], 0) == [None, 0]


def test_all_are_seen_before_any_is_sharp_and_the_largest_is_sharp_first() -> None:
    wishes = [Wish(300, CAMERA), Wish(720, CAMERA)]
    assert choose(wishes, 150_000) == [None, 0]
    assert choose(wishes, 250_000) == [0, 0]
    assert choose(wishes, 450_000) == [0, 1]
    assert choose(wishes, 1_400_000) == [0, 2]


def test_a_layer_that_does_not_flow_is_not_waited_for() -> None:
    assert choose([Wish(720, (100_000, 300_000, 0))], 10_000_000) == [1]


def test_a_small_excess_changes_nothing() -> None:
    assert choose([Wish(720, CAMERA, current=2)], 1_100_000) == [2]
    assert choose([Wish(720, CAMERA, current=1)], 1_100_000) == [1]


wishes_of = st.lists(
    st.builds(
        Wish,
        st.integers(0, 2000),
        st.lists(st.integers(0, 2_000_000), min_size=1, max_size=3).map(sorted),
        st.integers(-1, 0),
    ),
    max_size=11,
)


@given(wishes_of, st.floats(0, 20_000_000))
def test_nothing_beyond_the_budget_but_one_smallest_picture(
    wishes: list[Wish], budget_bps: float
) -> None:
    chosen = choose(wishes, budget_bps)
    spent = [
        wish.cost_bps(layer)
        for wish, layer in zip(wishes, chosen, strict=True)
        if layer is not None
    ]
    largest = max((wish for wish in wishes if wish.height), key=lambda w: w.height, default=None)
    if sum(spent) > budget_bps + 1:
        assert largest is not None
        assert len(spent) == 1 or max(spent) <= budget_bps + largest.cost_bps(0)
    for wish, layer in zip(wishes, chosen, strict=True):
        assert wish.height or layer is None
    if largest is not None:
        assert any(layer is not None for layer in chosen)


def test_a_narrow_path_is_believed_at_once_and_tried_again_later() -> None:
    capacity = Capacity()
    capacity.report(300_000)
    assert capacity.judge(1_000_000, now=10.0) == 300_000
    assert capacity.judge(300_000, now=11.0) == 300_000
    assert capacity.judge(300_000, now=19.0) > 300_000


def test_an_estimate_that_only_follows_what_is_sent_limits_nothing() -> None:
    capacity = Capacity()
    capacity.report(150_000)
    assert capacity.judge(100_000, now=1.0) == START_BPS


def test_trying_again_in_vain_makes_the_next_trial_later() -> None:
    capacity, trials = Capacity(), list[float]()
    for second in range(300):
        sent_bps = capacity.bps
        capacity.report(min(310_000, int(1.5 * sent_bps)))
        before = capacity.bps
        if capacity.judge(sent_bps, now=float(second)) < before:
            trials.append(float(second))
    gaps = [later - earlier for earlier, later in pairwise(trials)]
    assert len(trials) < 15
    assert gaps[-1] > 2 * gaps[0]


@given(st.lists(st.tuples(st.integers(0, 1 << 50), st.integers(0, 1 << 40)), max_size=50))
def test_the_capacity_stays_within_its_bounds(steps: list[tuple[int, int]]) -> None:
    capacity = Capacity()
    for now, (reported, sent) in enumerate(steps):
        capacity.report(reported)
        assert MIN_BPS <= capacity.judge(sent, now=float(now)) <= MAX_BPS
