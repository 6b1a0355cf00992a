"""How time passes in a story."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamesaves.documents.session import Period
from gamesaves.errors import InvalidValue
from gamesaves.rules.calendar import PERIODS, later, periods_until

days = st.integers(1, 10_000)
periods = st.sampled_from(PERIODS)
counts = st.integers(0, 500)


def test_a_day_has_four_periods_and_the_night_leads_to_the_next() -> None:
    day, period = 1, PERIODS[0]
    seen = [(day, period)]
    for _ in range(5):
        day, period = later(day, period)
        seen.append((day, period))
    assert seen == [
        (1, "morning"), (1, "afternoon"), (1, "evening"), (1, "night"), (2, "morning"), (2, "afternoon"),
    ]  # fmt: skip


@given(day=days, period=periods, first=counts, second=counts)
def test_time_passes_the_same_in_one_go_and_in_two(day: int, period: Period, first: int, second: int) -> None:
    assert later(*later(day, period, first), second) == later(day, period, first + second)


@given(day=days, period=periods, count=counts)
def test_time_only_runs_forward(day: int, period: Period, count: int) -> None:
    def since_the_beginning(day: int, period: Period) -> int:
        return day * len(PERIODS) + PERIODS.index(period)

    assert since_the_beginning(*later(day, period, count)) == since_the_beginning(day, period) + count


@given(day=days, period=periods, wanted=periods)
def test_a_period_comes_within_a_day(day: int, period: Period, wanted: Period) -> None:
    count = periods_until(period, wanted)
    assert 1 <= count <= len(PERIODS)
    assert later(day, period, count)[1] == wanted
    assert wanted not in [later(day, period, fewer)[1] for fewer in range(1, count)]


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(InvalidValue, match="-1 periods"):
        later(2, "morning", -1)
