"""Draws the timelines of the simulated world as an SVG, which is read as well on a dark page as on a light one."""

import html
from collections.abc import Iterator
from typing import NamedTuple

from gamesaves.documents import TimelineEvent
from scripts.simulation.cast import ROLES, Role
from scripts.simulation.evidence import Evidence
from scripts.simulation.story import ON

_LEFT, _RIGHT, _TOP, _LANE, _WIDTH = 165, 30, 50, 78, 1100
_BAR = 14
_LABEL_TICKS = 14
"""How far a label reaches: the next one that is nearer begins at its mark."""
_INK, _FAINT, _KILL = "#7d8590", "#7d859055", "#e5534b"
_COLOURS = ("#4184e4", "#c96198", "#46954a", "#ae7c14")


class _Trace(NamedTuple):
    """What somebody did, and where somebody else found it, each in the lane of its character."""

    done: TimelineEvent
    lane: int
    found: TimelineEvent
    found_in: int

    @property
    def labelled_below(self) -> list[str]:
        """The ids of the events whose label is below their lane, as the line leaves it above."""
        lower = self.found if self.lane < self.found_in else self.done
        return [str(lower.event_id)]


def timelines(evidence: Evidence) -> str:
    """Return the picture of who was where in time, what they did, and what of it others found."""
    roles = list(ROLES.values())
    furthest = evidence.universe.timeline_position
    height = _TOP + _LANE * len(roles) + 20
    parts = list(_scale(furthest, height))
    for number, role in enumerate(roles):
        parts += _lane(evidence, role, number, furthest)
    traces = list(_traces(evidence, {role.character_id: number for number, role in enumerate(roles)}))
    parts += [_drawn(trace, furthest) for trace in traces]
    below = {event_id for trace in traces for event_id in trace.labelled_below}
    for number, role in enumerate(roles):
        parts += _marks(evidence, role, number, furthest, below)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">\n'
        "<title>One world, four characters: their sittings, what they did, and what of it others found</title>\n"
        f'<g font-family="system-ui,sans-serif" font-size="13" fill="{_INK}">\n' + "\n".join(parts) + "\n</g>\n</svg>\n"
    )


def _x(tick: float, furthest: int) -> float:
    return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * tick / furthest, 1)


def _y(lane: int) -> float:
    return _TOP + _LANE * lane + _LANE / 2


def _scale(furthest: int, height: int) -> Iterator[str]:
    yield _text(10, 30, "Ticks of the world", "start")
    for tick in range(0, furthest + 1, 25):
        x = _x(tick, furthest)
        yield _text(x, 30, str(tick), "middle")
        yield f'<path d="M{x} 40V{height - 10}" stroke="{_FAINT}" stroke-dasharray="2 4"/>'


def _lane(evidence: Evidence, role: Role, lane: int, furthest: int) -> Iterator[str]:
    """Draw a character's sittings as bars, with a cross where a process was killed."""
    (run,) = evidence.documents(role, "runs")
    y, colour = _y(lane), _COLOURS[lane]
    yield f'<text x="10" y="{y - 2}" font-size="16" font-weight="600" fill="{colour}">{html.escape(role.name)}</text>'
    yield _text(10, y + 16, f"{run['state']}, {run['turns_completed']} turns", "start")
    tick = role.begins
    for sitting in evidence.documents(role, "sessions"):
        start, tick = _x(tick, furthest), tick + sitting["turn_count"]
        words = (
            f"{sitting['session_name']}: {sitting['turn_count']} turns, {sitting['playtime_seconds'] / 60:g} minutes"
        )
        yield (
            f'<rect x="{start + 1}" y="{y - _BAR / 2}" width="{_x(tick, furthest) - start - 2:.1f}" height="{_BAR}" '
            f'rx="4" fill="{colour}" fill-opacity="0.45"><title>{html.escape(words)}</title></rect>'
        )
    for line in evidence.said:
        if line["who"] == role.name and "kill" in line:
            x = _x(role.begins + line["turn"], furthest)
            yield (
                f'<path d="M{x - 5} {y - 5}l10 10m0 -10l-10 10" stroke="{_KILL}" stroke-width="2.5">'
                f"<title>killed in turn {line['turn']}</title></path>"
            )


def _marks(evidence: Evidence, role: Role, lane: int, furthest: int, below: set[str]) -> Iterator[str]:
    """Draw what a character has done: a large mark changes the world, a small one its place."""
    y, colour = _y(lane), _COLOURS[lane]
    before = -_LABEL_TICKS
    for event in _deeds(evidence, role):
        tick, x = event.timeline_position, _x(event.timeline_position, furthest)
        radius = 7 if event.scope == "major" else 4.5
        yield (
            f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}"><title>{html.escape(event.description)}</title>'
            "</circle>"
        )
        label = f"{tick} · {event.kind.replace('_', ' ')}"
        height = y + 24 if event.event_id in below else y - 13
        if tick - before < _LABEL_TICKS:
            yield _text(x + 8, height, label, "start")
        else:
            yield _text(x, height, label, "end" if tick > furthest - _LABEL_TICKS else "middle")
        before = tick


def _traces(evidence: Evidence, lanes: dict[str, int]) -> Iterator[_Trace]:
    """Find where somebody came upon what somebody else had done."""
    for role in ROLES.values():
        for event in _deeds(evidence, role):
            if "follows" in event.data:
                before = evidence.universe.event(event.data["follows"])
                yield _Trace(before, lanes[str(before.character_id)], event, lanes[role.character_id])


def _drawn(trace: _Trace, furthest: int) -> str:
    x, y = _x(trace.done.timeline_position, furthest), _y(trace.lane)
    to_x, to_y = _x(trace.found.timeline_position, furthest), _y(trace.found_in)
    bend = (y + to_y) / 2
    curve = f"M{x} {y}C{x} {bend} {to_x} {bend} {to_x} {to_y}"
    return f'<path d="{curve}" fill="none" stroke="{_INK}" stroke-width="1.5" stroke-dasharray="5 3"/>'


def _deeds(evidence: Evidence, role: Role) -> list[TimelineEvent]:
    return [event for event in evidence.universe.events(character=role.character_id) if event.kind != ON]


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{html.escape(words)}</text>'
