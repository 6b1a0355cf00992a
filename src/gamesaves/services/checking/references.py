"""What in a campaign names something else: characters, scenes, places, events, profiles, pictures."""

import shlex
from collections.abc import Collection, Iterator
from pathlib import Path

from gamesaves.disk import files, jsontext, layout
from gamesaves.errors import Problem, SavesError, Severity
from gamesaves.rules.patch import JsonPath
from gamesaves.rules.rewinding import SESSIONS, SLOTS
from gamesaves.services.campaign import Campaign
from gamesaves.services.characters import Character
from gamesaves.services.context import Context
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS, SCENES


def reference_problems(context: Context, campaign: Campaign, hashes: Collection[str] | None) -> Iterator[Problem]:
    """Yield what a campaign refers to and what is not there.

    Args:
        hashes: of all events of its history; None where that is not known.
    """
    for character in campaign.characters.values():
        yield from _people(campaign, character)
    yield from _Documents(campaign).problems()
    yield from _saves(context, campaign, hashes)


def _people(campaign: Campaign, character: Character) -> Iterator[Problem]:
    key = CHARACTERS + character.character_id
    profile_id = character.profile_id
    if not campaign.has_profile(character):
        text = f"the profile {profile_id} is not in this store; the campaign's own copies are shown"
        hint = "Copy the profile's file here, or make one of the copies: saves repair"
        yield _problem(campaign, key, ("profile_id",), "missing_profile", text, hint)


class _Documents:
    """The documents of one campaign, and whom and what they name."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._places = campaign.data.environments

    def problems(self) -> Iterator[Problem]:
        """Yield what is named and is not there."""
        data = self._campaign.data
        for place, one in enumerate(data.character_ids):
            yield from self._character(CAMPAIGN, ("character_ids", place), one)
        yield from self._scene(CAMPAIGN, ("current_scene_id",), data.current_scene_id)
        yield from self._place(CAMPAIGN, ("current_location_id",), data.current_location_id)
        for place, one in enumerate(data.scene_order):
            yield from self._scene(CAMPAIGN, ("scene_order", place), one)
        for place, one in enumerate(data.active_quest_ids):
            if one not in data.quests:
                text = f"the quest {one!r} is active, but is not among the quests"
                yield _problem(self._campaign, CAMPAIGN, ("active_quest_ids", place), "missing_quest", text, _MEND)
        for scene_id, scene in self._campaign.scenes.items():
            key = SCENES + scene_id
            yield from self._place(key, ("location_id",), scene.location_id)
            for place, one in enumerate(scene.character_ids):
                yield from self._character(key, ("character_ids", place), one)
        for session_id, session in self._campaign.sessions.items():
            key = SESSIONS + session_id
            yield from self._scene(key, ("active_scene", "scene_id"), session.active_scene.scene_id)
            for place, one in enumerate(session.character_ids):
                yield from self._character(key, ("character_ids", place), one)

    def _character(self, key: str, where: JsonPath, one: str) -> Iterator[Problem]:
        if one not in self._campaign.characters:
            text = f"the character {one} is not in this campaign"
            yield _problem(self._campaign, key, where, "missing_character", text, _MEND)

    def _scene(self, key: str, where: JsonPath, one: str | None) -> Iterator[Problem]:
        if one is not None and one not in self._campaign.scenes:
            text = f"the scene {one} is not in this campaign"
            yield _problem(self._campaign, key, where, "missing_scene", text, _MEND)

    def _place(self, key: str, where: JsonPath, one: str | None) -> Iterator[Problem]:
        # A game that keeps no list of places names them as it likes.
        if one is not None and self._places and one not in self._places:
            text = f"the place {one!r} is not among the campaign's environments"
            yield _problem(self._campaign, key, where, "missing_location", text, _MEND)


_MEND = "Correct the id in the file, or add what it names."


def _saves(context: Context, campaign: Campaign, hashes: Collection[str] | None) -> Iterator[Problem]:
    """Yield the saves that lead nowhere, and the pictures of saves that are not there."""
    for slot_id, slot in campaign.slots.items():
        if hashes is not None and slot.event not in hashes:
            text = f"the save {slot.name!r} is of event {slot.seq}, which is not in the history"
            hint = f"Mend it: saves repair {shlex.quote(campaign.folder.name)}"
            yield _problem(campaign, SLOTS, (SLOTS, slot_id, "event"), "missing_event", text, hint, "error")
        if slot.thumbnail is not None:
            try:
                there = files.exists(context.places.require_inside(context.places.root / slot.thumbnail))
            except SavesError as error:
                yield error.as_problem()
                continue
            if not there:
                text = f"the picture {slot.thumbnail} of the save {slot.name!r} is not there"
                hint = "Put it back; the save needs none."
                yield _problem(campaign, SLOTS, (SLOTS, slot_id, "thumbnail"), "missing_picture", text, hint)


def _problem(
    campaign: Campaign, key: str, where: JsonPath, code: str, text: str, hint: str, severity: Severity = "warning"
) -> Problem:
    """Return a problem with its place in the document's file, as far as that can be read."""
    path = campaign.folder / layout.document_path(key)
    line, column = _place(path, where)
    return Problem(severity, code, str(path), text, hint, line, column)


def _place(path: Path, where: JsonPath) -> tuple[int | None, int | None]:
    try:
        found = jsontext.place(files.read(path), where, path)
    except (SavesError, ValueError):
        return None, None
    return found.line, found.column
