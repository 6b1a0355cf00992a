"""Which backups stay."""

from datetime import UTC, datetime, timedelta

from gamesaves.rules.rotation import kept

BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_the_newest_always_stays() -> None:
    assert kept([], last=7, weekly=4, monthly=12) == set()
    assert kept([BEGIN, BEGIN + timedelta(days=1)], last=0, weekly=0, monthly=0) == {1}


def test_of_each_week_and_month_the_newest_stays() -> None:
    days = [BEGIN + timedelta(days=number) for number in range(400)]
    stay = kept(days, last=7, weekly=4, monthly=12)
    assert {399 - number for number in range(7)} <= stay
    months = {(days[place].year, days[place].month): place for place in range(400)}
    assert set(list(months.values())[-12:]) <= stay
    weeks = {days[place].isocalendar()[:2]: place for place in range(400)}
    assert set(list(weeks.values())[-4:]) <= stay
    assert stay == {399 - number for number in range(7)} | {*list(months.values())[-12:], *list(weeks.values())[-4:]}


def test_a_pause_lets_nothing_go() -> None:
    before = kept([BEGIN + timedelta(days=number) for number in range(30)], last=2, weekly=2, monthly=2)
    days = [BEGIN + timedelta(days=number) for number in sorted(before)]
    assert kept([*days, BEGIN + timedelta(days=3000)], last=4, weekly=3, monthly=3) == set(range(len(days) + 1))


def test_the_order_does_not_matter() -> None:
    days = [BEGIN + timedelta(days=number) for number in (3, 1, 2)]
    assert kept(days, last=1, weekly=0, monthly=0) == {0}
