"""The passing of time in a story: days of four periods, and what each period brings."""

from typing import get_args

from gamesaves.documents.session import Period
from gamesaves.errors import InvalidValue

PERIODS: tuple[Period, ...] = get_args(Period)
"""The periods of a day, in their order; behind the last comes the next day's first."""


def later(day: int, period: Period, periods: int = 1) -> tuple[int, Period]:
    """Return the day and the period that come so many periods later.

    Raises:
        InvalidValue: the number is negative, as time does not run backwards, or is no whole number.
    """
    if type(periods) is not int:
        raise InvalidValue(f"{periods!r} is no number of periods", hint="Give a whole number such as 3.")
    if periods < 0:
        raise InvalidValue(f"{periods} periods cannot pass", hint="To go back in time, go back in the history.")
    days, position = divmod(PERIODS.index(period) + periods, len(PERIODS))
    return day + days, PERIODS[position]


def periods_until(period: Period, wanted: Period) -> int:
    """Return how many periods pass until it is next `wanted`: a whole day where it is that already."""
    return (PERIODS.index(wanted) - PERIODS.index(period) - 1) % len(PERIODS) + 1
