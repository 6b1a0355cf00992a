"""Characters of older versions: split into who they are and how they stand, and brought into the form of this one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from gamesaves.documents import CharacterInfo, CharacterProfile
from gamesaves.documents.profile import Starting
from gamesaves.ids import SLUG_LENGTH
from gamesaves.rules.adoption import Tree
from gamesaves.rules.adoption.salvage import WAS, Mended, moment, salvaged, scalars
from gamesaves.rules.combat import status_of
from gamesaves.rules.ownership import CAMPAIGN_ONLY, PORTRAIT_FIELDS, SOURCE_FIELDS, STARTED_FIELDS, copies

HIT_POINTS = "hit_points_current"
"""What only stands where a document says how somebody is, and not only who."""

_STATE = {*CAMPAIGN_ONLY, *STARTED_FIELDS} - {"character_type"}
_PROFILE = {*CharacterProfile.model_fields, "id"}
_COUNTED = {"revision", "previous", "interactions", "total_interactions", "last_interaction", "interaction_count"}
_TIMES = ("last_interaction", "last_updated", "updated_at", "last_modified", "first_created", "created_at")


@dataclass(frozen=True, slots=True)
class Parts:
    """A document of one layer, taken apart.

    Attributes:
        identity: the profile's fields.
        state: the campaign's.
        others: keys that neither knows.
    """

    identity: Tree
    state: Tree
    others: Tree


@dataclass(frozen=True, slots=True)
class Made:
    """A document of this version.

    Attributes:
        mended: what could not be used as it was.
        portraits: what a campaign's character said of portraits, which is the profile's.
    """

    tree: Tree
    mended: list[Mended] = field(default_factory=list)
    portraits: Tree = field(default_factory=dict)


def split(tree: Tree) -> Parts:
    """Take a document apart by the table of who owns what.

    What a campaign begins with is the profile's as well: level and sheet become `base_level` and `starting`.
    """
    identity = {key: value for key, value in tree.items() if key in _PROFILE}
    state = {key: value for key, value in tree.items() if key in _STATE}
    if "level" in state:
        identity.setdefault("base_level", state["level"])
    start = {name: state[name] for name in Starting.model_fields if name in state}
    if start:
        identity.setdefault("starting", start)
    others = {key: value for key, value in tree.items() if key not in _PROFILE and key not in _STATE}
    return Parts(identity, state, others)


def profile(tree: Tree, character_id: str) -> Made:
    """Return a profile of this version; the portraits in it are those of the store already, or none."""
    required = {"character_id": character_id, "uid": uid_of(tree, character_id), "name": _name_of(character_id)}
    made, mended = salvaged(CharacterProfile, _renamed(tree, character_id), required)
    return Made(made, mended)


def uid_of(tree: Tree, character_id: str) -> str:
    """Return the `uid` of a profile; one without gets one that follows from who it says somebody is.

    So the same file is the same person however often it is taken in, and two that only share a name are not.
    """
    if isinstance(own := tree.get("uid"), str) and own:
        return own
    told = {key: value for key, value in tree.items() if key not in _COUNTED}
    text = json.dumps([character_id, told], sort_keys=True)
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def state(tree: Tree, character_id: str, known: CharacterProfile | None) -> Made:
    """Return a campaign's character of this version.

    Args:
        known: the profile it belongs to; None for one without.
    """
    portraits = {name: tree[name] for name in PORTRAIT_FIELDS if tree.get(name)}
    bare = {key: value for key, value in tree.items() if key not in PORTRAIT_FIELDS and key != "revision"}
    required = {"character_id": character_id, "name": _name_of(character_id)}
    made, mended = salvaged(CharacterInfo, _renamed(bare, character_id), required)
    told = made.keys() & bare.keys() - {one.where[0] for one in mended if one.lost and len(one.where) == 1}
    made |= _health(made, told)
    if known is not None:
        copied = copies(known)
        fresh = all(made[name] == copied[name] for name in SOURCE_FIELDS)
        made |= {
            "profile_id": known.character_id,
            "profile_uid": known.uid,
            # None: from some state or other of the profile, so that the copies follow it at the next chance.
            "profile_revision": known.revision if fresh else None,
        }
    return Made(made, mended, portraits)


def _health(made: Tree, told: set[str]) -> Tree:
    """Return hit points and status where the document does not tell them: whoever is not known to be hurt is not."""
    now, most = made[HIT_POINTS], made["hit_points_max"]
    if HIT_POINTS in told and "hit_points_max" not in told:
        most = max(now, most)
    elif HIT_POINTS not in told:
        now = most
    status = made["status"]
    if "status" not in told:
        status = status_of(CharacterInfo.model_validate({**made, HIT_POINTS: now, "hit_points_max": most}))
    return {HIT_POINTS: now, "hit_points_max": most, "status": status}


def _renamed(tree: Tree, character_id: str) -> Tree:
    """Return a document under the id that it gets; the one that it had stays in a key of its own."""
    old = tree.get("character_id")
    kept = {} if old in (None, character_id) else {f"{WAS}character_id": old}
    return {**tree, "character_id": character_id, **kept}


def _name_of(character_id: str) -> str:
    return character_id.rpartition(":")[2].replace("_", " ").title()[:SLUG_LENGTH]


def newest(trees: Sequence[Tree]) -> int:
    """Return which of several documents of one character stands: by revision, last time, then by how much it says.

    Where all of that is the same the first one stands.
    """
    return max(range(len(trees)), key=lambda at: (_age(trees[at]), -at))


def _age(tree: Tree) -> tuple[int, datetime, int, int]:
    def count(name: str) -> int:
        value = tree.get(name)
        return value if isinstance(value, int) else -1

    times: list[Any] = [found for name in _TIMES if (found := moment(tree.get(name))) is not None]
    last = max(times, default=datetime.min.replace(tzinfo=UTC))
    interactions = max(count("total_interactions"), count("interaction_count"))
    return count("revision"), last, interactions, sum(1 for _ in scalars(tree))
