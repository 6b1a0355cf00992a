"""Campaigns and characters as people read them, and as they stand in JSON."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from gamesaves.cli.text import Line, Piece, counted, fields, moment, table
from gamesaves.errors import ReadOnly

if TYPE_CHECKING:
    from gamesaves.documents import CampaignData, CharacterInfo
    from gamesaves.rules.rewinding import Change
    from gamesaves.services.campaign import Campaign

_STATUS = {"healthy": "green", "injured": "yellow", "unconscious": "red", "dead": "red"}


def tags_shown(tags: dict[str, Any]) -> str:
    """Return tags on one line: `favourite, stars=5`."""
    return ", ".join(name if value is True else f"{name}={value}" for name, value in tags.items())


def sheet(character: "CharacterInfo") -> dict[str, Any]:
    """Return a character at a glance, for JSON."""
    shown = ("character_id", "name", "character_type", "character_class", "level", "hit_points_current")
    more = ("hit_points_max", "armor_class", "status", "status_effects", "location")
    return {name: getattr(character, name) for name in (*shown, *more)}


def sheets(characters: "Iterable[CharacterInfo]", *, width: int | None) -> list[Line]:
    """Return characters at a glance, a line each."""
    headings = ["CHARACTER", "ID", "CLASS", "LEVEL", "HIT POINTS", "AC", "STATUS"]
    rows = [
        [
            one.name,
            one.character_id,
            one.character_class,
            str(one.level),
            f"{one.hit_points_current} of {one.hit_points_max}",
            str(one.armor_class),
            Piece(", ".join([one.status, *one.status_effects]), _STATUS.get(one.status, "")),
        ]
        for one in characters
    ]
    return table(headings, rows, width=width) if rows else ["Nobody is here yet."]


def details(character: "CharacterInfo") -> list[Line]:
    """Return the rest of a character: where, with what, able to do what."""
    items = [one.name + (f" ×{one.quantity}" if one.quantity != 1 else "") for one in character.inventory.values()]
    abilities = [
        one.name + ("" if one.uses_left is None else f" ({one.uses_left} left)") for one in character.abilities.values()
    ]
    rows = [
        ("place", character.location),
        ("experience", character.experience or None),
        ("carries", ", ".join(items)),
        ("can do", ", ".join(abilities)),
    ]
    return [Piece(character.name, "bold"), *fields(rows)]


def glance(campaign: "Campaign") -> list[Line]:
    """Return what a campaign is and how far it has come."""
    data = campaign.data
    state = f"event {campaign.seq}, {counted(data.total_turns, 'turn')}, last played {moment(stamp(data))}"
    rows = [
        ("about", data.description),
        ("so far", state),
        ("scene", _scene(data)),
        ("session", _session(campaign)),
        ("quests", ", ".join(f"{one.title} ({one.status})" for one in data.quests.values())),
        ("tags", tags_shown(data.tags)),
        ("universe", data.universe_id),
        ("player", data.player_id),
        ("folder", campaign.folder),
        ("not playable", kept_from(campaign)),
    ]
    return [[Piece(data.title, "bold"), "  ", Piece(campaign.id, "dim")], *fields(rows)]


def kept_from(campaign: "Campaign") -> str | None:
    """Return why nobody can play a campaign; None where somebody can, who has not opened it for reading only."""
    reason = campaign.read_only
    return None if reason is None or isinstance(reason, ReadOnly) else reason.message


def stamp(data: "CampaignData") -> str | None:
    """Return when a campaign was last played, as JSON has it."""
    return None if data.last_played is None else data.last_played.isoformat().replace("+00:00", "Z")


def _session(campaign: "Campaign") -> str | None:
    session = campaign.session
    if session is None:
        return None
    time = session.temporal_state
    return f"{session.session_name}, {session.status}; day {time.current_day}, {time.time_period}"


def _scene(data: "CampaignData") -> str | None:
    if data.current_scene_id is None:
        return None
    return data.scenes.get(data.current_scene_id, data.current_scene_id)


def changes(found: "Iterable[Change]", characters: "Mapping[str, CharacterInfo]") -> list[Line]:
    """Return changes as players read them, under the names of whom or what they concern."""
    lines: list[Line] = []
    last = None
    for change in found:
        if not change.is_seen:
            continue
        if change.document != last:
            folder, _, identifier = change.document.rpartition("/")
            somebody = characters.get(identifier) if folder == "characters" else None
            lines.append([Piece(somebody.name if somebody else change.document, "bold")])
            last = change.document
        lines.append(["  ", change.words])
    return lines
