"""What the runs of a player come to: it follows from what the campaigns say of their runs, nothing is counted on.

So it can be worked out again at any time, comes out the same in whatever order runs were completed, and takes back what
a run had granted once it is not completed any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gamesaves.documents.player import (
    AbandonedRun,
    Contribution,
    MetaProgression,
    PlayerData,
    PlayerRun,
    StoryMastery,
    Therapeutic,
    TherapeuticMastery,
    UniverseContribution,
    WorldPart,
)
from gamesaves.documents.run import RunData
from gamesaves.documents.session import Session
from gamesaves.documents.universe import TimelineEvent
from gamesaves.rules.patch import same
from gamesaves.rules.timeline import alteration

Thresholds = Mapping[str, Mapping[str, float]]
"""By the ids of unlocks: the least that numbers of the meta-progression must be, by their paths."""

_BEGINNING = datetime.min.replace(tzinfo=UTC)


def granted(
    run: RunData, *, name: str, sessions: Iterable[Session], published: Iterable[TimelineEvent]
) -> dict[str, Any]:
    """Return what a run that has just been completed grants, for its `contributions`; what the game put there stays.

    Args:
        name: of the character.
        sessions: those in which it was played.
        published: what it brought to its universe, and is in force.
    """
    assert run.completion is not None
    progress = [session.therapeutic_progress for session in sessions]
    own = Contribution(
        campaign_id=run.campaign_id,
        character_id=run.character_id,
        character_name=name,
        **run.completion.model_dump(include={"trigger", "at", "summary"}),
        turns=run.turns_completed,
        milestones=run.milestones,
        insights=run.insights,
        storylines=run.storylines,
        skills=run.skills,
        universes={} if run.universe_id is None else {run.universe_id: _changed(published)},
        therapeutic=Therapeutic(
            metaconcepts=_united(one.metaconcepts_integrated for one in progress),
            milestones=_united(one.therapeutic_milestones for one in progress),
            insights=_united(one.insights_discovered for one in progress),
        ),
    )
    return {**run.contributions, **own.model_dump(mode="json")}


def _changed(events: Iterable[TimelineEvent]) -> WorldPart:
    npcs: set[str] = set()
    locations: set[str] = set()
    major = 0
    for event in events:
        major += event.scope == "major"
        if event.location is not None:
            locations.add(event.location)
        for effect in event.effects:
            path = alteration(effect).path
            if len(path) > 1 and path[0] in ("npcs", "locations"):
                (npcs if path[0] == "npcs" else locations).add(path[1])
    return WorldPart(major_events=major, npcs=sorted(npcs), locations=sorted(locations))


def with_runs(player: PlayerData, campaign_id: str, runs: Iterable[RunData], names: Mapping[str, str]) -> PlayerData:
    """Return a player with what a campaign says of its runs now, in the place of what it said before.

    Only completed runs grant anything. Those that were put away since stay what they were: completed, or given up.

    Args:
        names: of the characters, by their ids.
    """
    runs = list(runs)
    listed = [one for one in player.runs if one.campaign_id != campaign_id] + [_listed(one, names) for one in runs]
    given_up = [one for one in player.abandoned_runs if one.campaign_id != campaign_id]
    given_up += [_abandoned(one, names) for one in runs if _is_given_up(one)]
    grants = {key: one for key, one in player.contributions.items() if one.campaign_id != campaign_id}
    finished = [one for one in runs if one.state in ("completed", "archived") and one.completion is not None]
    grants |= {one.run_id: Contribution.model_validate(one.contributions) for one in finished}
    contributions = dict(sorted(grants.items(), key=lambda one: (one[1].at, one[0])))
    return player.model_copy(
        update={
            "runs": sorted(listed, key=lambda one: (one.started_at, one.run_id)),
            "abandoned_runs": sorted(given_up, key=lambda one: (one.last_played or _BEGINNING, one.run_id)),
            "contributions": contributions,
        }
    )


def _is_given_up(run: RunData) -> bool:
    """Whether a run was abandoned, and not gone on with; it may have been put away since."""
    return run.state == "abandoned" or (run.state == "archived" and run.completion is None)


def _listed(run: RunData, names: Mapping[str, str]) -> PlayerRun:
    same_named = run.model_dump(include=set(PlayerRun.model_fields))
    return PlayerRun(**same_named, character_name=names.get(run.character_id, run.character_id))


def _abandoned(run: RunData, names: Mapping[str, str]) -> AbandonedRun:
    same_named = run.model_dump(include=set(AbandonedRun.model_fields))
    same_named["can_resume"] = run.can_resume and run.state == "abandoned"
    name = names.get(run.character_id, run.character_id)
    return AbandonedRun(**same_named, character_name=name, reason=run.abandon_reason)


def progression(contributions: Mapping[str, Contribution], thresholds: Thresholds) -> MetaProgression:
    """Return what completed runs come to.

    A skill is worth the best that any of them reached; what several of them brought counts once.

    Args:
        contributions: what each run granted, by its id.
    """
    ordered = sorted(contributions.items(), key=lambda one: (one[1].at, one[0]))
    grants = [one for _, one in ordered]
    insights = _united([*(one.insights for one in grants), *(one.therapeutic.insights for one in grants)])
    meta = MetaProgression(
        total_runs_completed=len(grants),
        total_turns_played=sum(one.turns for one in grants),
        story_mastery=StoryMastery(
            universes_explored=sorted({universe for one in grants for universe in one.universes}),
            major_storylines_completed=len(_united(one.storylines for one in grants)),
            character_arcs_finished=len({(one.campaign_id, one.character_id) for one in grants}),
        ),
        therapeutic_mastery=TherapeuticMastery(
            metaconcepts_mastered=_united(one.therapeutic.metaconcepts for one in grants),
            therapeutic_milestones=len(_united(one.therapeutic.milestones for one in grants)),
            insights_documented=len(insights),
        ),
        universe_contributions=_in_worlds(grants),
        milestones=_united(one.milestones for one in grants),
        insights=insights,
        skills=_best(grants),
    )
    return meta.model_copy(update={"unlocks": _unlocks(meta, thresholds)})


def _in_worlds(grants: Sequence[Contribution]) -> dict[str, UniverseContribution]:
    parts: dict[str, list[WorldPart]] = {}
    for grant in grants:
        for universe_id, part in grant.universes.items():
            parts.setdefault(universe_id, []).append(part)
    return {
        universe_id: UniverseContribution(
            major_events_created=sum(one.major_events for one in found),
            npcs_influenced=len({npc for one in found for npc in one.npcs}),
            locations_discovered=len({place for one in found for place in one.locations}),
        )
        for universe_id, found in sorted(parts.items())
    }


def _best(grants: Sequence[Contribution]) -> dict[str, Any]:
    """Return each skill with the best number that a run reached; where it is no number, the latest value."""
    best: dict[str, Any] = {}
    for grant in grants:
        for skill, value in grant.skills.items():
            before = best.get(skill)
            numbers = isinstance(value, int | float) and isinstance(before, int | float)
            best[skill] = max(before, value) if numbers else value
    return dict(sorted(best.items()))


def _unlocks(meta: MetaProgression, thresholds: Thresholds) -> dict[str, bool]:
    tree = meta.model_dump(mode="json")
    return {
        unlock: all(amount(tree, path) >= least for path, least in required.items())
        for unlock, required in sorted(thresholds.items())
    }


def amount(tree: Any, path: str) -> float:
    """Return the number at a path with dots between its steps; of a list or an object its length, of nothing 0."""
    value = at(tree, path)
    if isinstance(value, int | float):
        return value
    return len(value) if isinstance(value, list | dict) else 0


def at(tree: Any, path: str) -> Any:
    """Return the value at a path with dots between its steps; None where there is none."""
    for step in path.split("."):
        tree = tree.get(step) if isinstance(tree, dict) else None
    return tree


def _united(lists: Iterable[Iterable[Any]]) -> list[Any]:
    """Return what is in any of the lists, each thing once, in the order in which it came."""
    found: list[Any] = []
    texts: set[str] = set()
    for value in (one for values in lists for one in values):
        if isinstance(value, str):
            if value not in texts:
                texts.add(value)
                found.append(value)
        elif not any(same(value, one) for one in found):
            found.append(value)
    return found
