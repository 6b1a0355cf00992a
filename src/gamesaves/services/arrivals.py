"""What becomes of the people in a bundle: who is here already, who is new, and who has a name that is taken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from gamesaves.disk import files
from gamesaves.documents import CharacterInfo, CharacterProfile
from gamesaves.errors import Problem, SavesError
from gamesaves.ids import file_stem, free_id
from gamesaves.rules.rebuilding import rebuilt_profile
from gamesaves.rules.revisions import content_hash
from gamesaves.services.contracts import profile_ids, store_ids
from gamesaves.services.examining import Seen
from gamesaves.services.exporting import PICTURE_PATH, PROFILES_FOLDER, characters, references, thumbnails
from gamesaves.services.profiles import Profiles

Action = Literal["add", "keep", "forward", "rebuild", "missing", "leave"]


@dataclass(frozen=True, slots=True)
class Step:
    """What import does with one thing.

    Attributes:
        action: `add`: it is new here. `keep`: what the store has stays. `forward`: the store has an earlier state of
            it, which is set aside. `rebuild`: it did not come along, and is made from what the campaign knows.
            `missing`: it did not come along, and cannot be made. `leave`: nobody in the campaign needs it.
        what: `campaign`, `profile`, `picture` or `universe`.
        name: the entry, or the id of what is missing.
        target: where it goes, relative to the store; None where nothing is written.
        note: what there is to say about it.
    """

    action: Action
    what: Literal["campaign", "profile", "picture", "universe"]
    name: str
    target: str | None = None
    note: str | None = None


@dataclass(slots=True)
class Arrivals:
    """The people of a bundle, as they are taken in.

    Attributes:
        written: the profiles to write, by id.
        ids: profiles that have another id in this store than the campaign's characters say.
    """

    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    written: dict[str, CharacterProfile] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)


def arrivals(seen: Seen, profiles: Profiles, *, now: datetime) -> Arrivals:
    """Decide for each person that the campaign's characters refer to; nothing is written."""
    result = Arrivals()
    result.ids = profile_ids(seen.state.trees)
    needed = set()
    for profile_id, uid in sorted(references(seen.state)):
        brought = _brought(seen, profile_id, uid)
        needed.add(None if brought is None else brought.character_id)
        stays_as = _arrived(result, seen, profiles, profile_id, uid, brought, now)
        if stays_as is not None and (stays_as != profile_id or profile_id in result.ids):
            result.ids[profile_id] = stays_as
    for profile_id in sorted(seen.profiles.keys() - needed):
        result.steps.append(Step("leave", "profile", _path(profile_id), None, "nobody in the campaign is this"))
    return result


def everybody(seen: Seen, profiles: Profiles, *, now: datetime) -> Arrivals:
    """Decide for each profile that comes, whoever refers to it; nothing is written."""
    result = Arrivals()
    for profile_id, brought in sorted(seen.profiles.items()):
        _arrived(result, seen, profiles, profile_id, brought.uid, brought, now)
    return result


def _arrived(
    result: Arrivals,
    seen: Seen,
    profiles: Profiles,
    profile_id: str,
    uid: str,
    brought: CharacterProfile | None,
    now: datetime,
) -> str | None:
    """Decide for one person; return the id in this store, None where there is nothing to make a profile from."""
    here = _here(seen, profiles, profile_id, uid)
    if here is not None:
        return _kept(result, brought, here)
    return _added(result, seen, profiles, profile_id, uid, brought, now)


def _path(profile_id: str) -> str:
    return f"{PROFILES_FOLDER}/{file_stem(profile_id)}.json"


def _brought(seen: Seen, profile_id: str, uid: str) -> CharacterProfile | None:
    likely = (seen.profiles.get(one) for one in store_ids(seen.state.trees, profile_id))
    found = (one for one in (*likely, *seen.profiles.values()) if one is not None and one.uid == uid)
    return next(found, None)


def _here(seen: Seen, profiles: Profiles, profile_id: str, uid: str) -> CharacterProfile | None:
    """Return the store's profile of a person: under the id they have in the campaign, or under any other."""
    for one in (*store_ids(seen.state.trees, profile_id), *(found.character_id for found in profiles.list())):
        try:
            profile = profiles.find(one)
        except SavesError:
            # A file that cannot be used is nobody; its id is taken all the same.
            continue
        if profile is not None and profile.uid == uid:
            return profile
    return None


def _kept(result: Arrivals, brought: CharacterProfile | None, here: CharacterProfile) -> str:
    """Keep the store's profile, or go forward to the one brought, where that has come from the store's."""
    path = _path(here.character_id)
    name = path if brought is None else _path(brought.character_id)
    action: Action = "keep"
    note = None
    if brought is not None and _content(here, brought.character_id) in brought.previous:
        action, note = "forward", f"from revision {here.revision} to {brought.revision}"
        result.written[here.character_id] = _forward(here, brought)
    elif brought is not None and _content(here, brought.character_id) != content_hash(brought):
        note = "it is the same person, and the store's is newer or another version"
    result.steps.append(Step(action, "profile", name, path if action == "forward" else None, note))
    return here.character_id


def _content(profile: CharacterProfile, character_id: str) -> str:
    """Return the hash of a profile as it would be under another id."""
    return content_hash(profile.model_copy(update={"character_id": character_id}))


def _forward(here: CharacterProfile, brought: CharacterProfile) -> CharacterProfile:
    """Return the profile that was brought, with the interactions that either has counted."""
    both = {**brought.interactions, **here.interactions}
    counts = {one: max(here.interactions.get(one, 0), brought.interactions.get(one, 0)) for one in both}
    gained = sum(counts.values()) - sum(here.interactions.values())
    update = {
        "character_id": here.character_id,
        "interactions": counts,
        "total_interactions": here.total_interactions + gained,
    }
    return brought.model_copy(update=update)


def _added(
    result: Arrivals,
    seen: Seen,
    profiles: Profiles,
    profile_id: str,
    uid: str,
    brought: CharacterProfile | None,
    now: datetime,
) -> str | None:
    """Take in somebody who is not here; where somebody else has the id they get another."""
    wanted = store_ids(seen.state.trees, profile_id)[0]
    new_id = free_id(wanted, _Taken(profiles, result.written))
    note = None if new_id == wanted else f"{wanted} is somebody else here"
    if brought is not None:
        profile = brought.model_copy(update={"character_id": new_id})
        result.steps.append(Step("add", "profile", _path(brought.character_id), _path(new_id), note))
    else:
        remade = _remade(seen, profile_id, uid, new_id, now)
        if remade is None:
            result.steps.append(Step("missing", "profile", profile_id))
            return None
        profile = remade
        result.steps.append(Step("rebuild", "profile", profile_id, _path(new_id), note))
        text = "its profile did not come along; it was made from the campaign's copies, without a portrait"
        result.problems.append(Problem("warning", "profile_rebuilt", _path(new_id), f"{profile_id}: {text}"))
    result.written[new_id] = profile
    return new_id


@dataclass(frozen=True, slots=True)
class _Taken:
    """The ids that are somebody's, in the store or since a moment."""

    profiles: Profiles
    written: Mapping[str, CharacterProfile]

    def __contains__(self, profile_id: object) -> bool:
        return profile_id in self.profiles or profile_id in self.written


def _remade(seen: Seen, profile_id: str, uid: str, new_id: str, now: datetime) -> CharacterProfile | None:
    for _, tree in characters(seen.state):
        if (tree.get("profile_id"), tree.get("profile_uid")) == (profile_id, uid):
            try:
                return rebuilt_profile(CharacterInfo.model_validate(tree), character_id=new_id, now=now)
            except ValidationError:
                continue
    return None


def pictures(seen: Seen, people: Arrivals, root: Path, read: Callable[[str], bytes]) -> None:
    """Decide for each picture, and tell of those that somebody shows and that did not come along.

    Args:
        root: the store.
        read: reads one that is in the bundle.
    """
    for path in seen.pictures:
        here = files.read_if_there(root / path)
        if here is None:
            people.steps.append(Step("add", "picture", path, path))
            continue
        note = None if here == read(path) else "the store has another picture of that name, which stays"
        people.steps.append(Step("keep", "picture", path, None, note))
        if note is not None:
            people.problems.append(Problem("warning", "other_picture", path, note))
    shown = {path for one in people.written.values() for path in (one.portrait_path, *one.additional_images)}
    for path in sorted(one for one in shown | thumbnails(seen.state) if one is not None):
        if path not in seen.pictures and not (PICTURE_PATH.fullmatch(path) and files.exists(root / path)):
            people.steps.append(Step("missing", "picture", path))
            people.problems.append(Problem("warning", "missing_picture", path, "the picture did not come along"))
