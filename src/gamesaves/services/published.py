"""What commits of a campaign have brought to its universe: rows in the log that become events of the timeline."""

from collections.abc import Iterable

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.log import Event
from gamesaves.disk.views import rows_behind
from gamesaves.documents import Origin, TimelineEvent
from gamesaves.services.contracts import CAMPAIGN, HAPPENINGS
from gamesaves.services.validation import made


def brought_by(event: Event, campaign_id: str) -> dict[str, TimelineEvent]:
    """Return what a commit has brought, by the ids of the rows; one that was brought before has its event's id."""
    found = {}
    for index, row in enumerate(event.data.get(HAPPENINGS) or ()):
        origin = Origin(campaign_id=campaign_id, event=event.hash, turn=event.turn)
        first = {"event_id": f"{event.hash}/{index}", "origin": origin.model_dump()}
        tree = {**first, **{key: value for key, value in row.items() if key != "id"}}
        found[str(row["id"])] = made(TimelineEvent, tree)
    return found


def worlds_behind(events: Iterable[Event]) -> dict[str, str | None]:
    """Return the id of the universe that the campaign played in behind each event, by their hashes; None for none.

    Args:
        events: each behind those that it stands on.
    """
    worlds: dict[str, str | None] = {}
    for event in events:
        world = worlds.get(event.before[0]) if event.before else None
        for operation in event.changes.get(CAMPAIGN, ()):
            value = operation.get("value")
            if operation["path"] == "":
                value = value.get("universe_id") if isinstance(value, dict) else None
            elif operation["path"] != "/universe_id":
                continue
            world = value if isinstance(value, str) else None
        worlds[event.hash] = world
    return worlds


def worlds_changed(events: Iterable[Event]) -> set[str | None]:
    """Return the ids of the universes that a campaign has brought something to, whatever became of it since."""
    events = list(events)
    worlds = worlds_behind(events)
    return {worlds[event.hash] for event in events if event.data.get(HAPPENINGS)}


def happening(row: Tree) -> TimelineEvent:
    """Return what a row says happened."""
    return made(TimelineEvent, {key: value for key, value in row.items() if key != "id"})


def rows_again(events: Iterable[Event], campaign_id: str, digest: str) -> list[Tree]:
    """Return the rows in force behind an event as another event may have them: each says which event it is.

    Args:
        events: each behind those that it stands on.
    """
    events = list(events)
    brought: dict[str, TimelineEvent] = {}
    for event in events:
        brought = {**brought_by(event, campaign_id), **brought}
    rows = rows_behind(events, HAPPENINGS, digest)
    return [{"id": row["id"], **_tree(brought[row["id"]])} for row in rows]


def _tree(event: TimelineEvent) -> Tree:
    return {**event.model_dump(mode="json", exclude_defaults=True), "timeline_position": event.timeline_position}
