"""Which state of a profile another state of it came from."""

import json
from hashlib import blake2b
from typing import Any

from gamesaves.documents.profile import PREVIOUS_LIMIT, CharacterProfile

TRACES = frozenset({"revision", "previous", "state"})
"""By which one state of a profile is told from another."""

COUNTERS = TRACES | {"interactions", "total_interactions"}
"""What is counted, and says nothing about who somebody is."""


def content_hash(profile: CharacterProfile) -> str:
    """Return a hash over everything that says who a profile is; the order of keys plays no part."""
    content = profile.model_dump(mode="json", exclude=set(COUNTERS))
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def with_edit_counted(profile: CharacterProfile) -> CharacterProfile:
    """Return the profile with an edit that somebody made to its file as a revision of its own; itself without one.

    Thus what was copied from the state before the edit is still known to be of an earlier one.
    """
    if profile.state in (None, content_hash(profile)):
        return profile
    return _following(profile, profile.state, profile)


def next_revision(before: CharacterProfile, fields: dict[str, Any]) -> CharacterProfile:
    """Return the profile with these fields changed and its revision moved on; `before` itself if nothing changes."""
    return moved_on(before, before.model_copy(update=fields))


def moved_on(before: CharacterProfile, after: CharacterProfile) -> CharacterProfile:
    """Return `after` as the state that follows on `before`; `before` itself if both say the same."""
    if content_hash(after) == content_hash(before):
        return before
    return _following(with_edit_counted(before), content_hash(before), after)


def _following(before: CharacterProfile, digest: str, after: CharacterProfile) -> CharacterProfile:
    previous = [digest, *before.previous][:PREVIOUS_LIMIT]
    return after.model_copy(update={"revision": before.revision + 1, "previous": previous, "state": None})
