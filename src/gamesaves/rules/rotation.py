"""Which backups are kept, and which make room."""

from collections.abc import Callable, Sequence
from datetime import datetime


def kept(moments: Sequence[datetime], *, last: int, weekly: int, monthly: int) -> set[int]:
    """Return the places, in `moments`, of the backups that stay; the newest always does.

    Weeks (of ISO 8601) and months without a backup do not count, so nothing goes while nobody makes any.

    Args:
        moments: when each was made.
        last: how many of the newest stay.
        weekly: of how many weeks the newest stays.
        monthly: of how many months the newest stays.
    """
    newest_first = sorted(range(len(moments)), key=lambda place: moments[place], reverse=True)
    stay = set(newest_first[: max(last, 1)])
    for count, period in ((weekly, _week), (monthly, _month)):
        stay |= _newest_of_each(newest_first, moments, period, count)
    return stay


def _newest_of_each(
    newest_first: Sequence[int],
    moments: Sequence[datetime],
    period: Callable[[datetime], tuple[int, int]],
    count: int,
) -> set[int]:
    newest: dict[tuple[int, int], int] = {}
    for place in newest_first:
        newest.setdefault(period(moments[place]), place)
    return set(list(newest.values())[:count])


def _week(moment: datetime) -> tuple[int, int]:
    year, week, _ = moment.isocalendar()
    return year, week


def _month(moment: datetime) -> tuple[int, int]:
    return moment.year, moment.month
