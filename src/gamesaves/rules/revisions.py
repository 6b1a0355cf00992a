"""Which state of a profile another state of it came from."""

import json
from hashlib import blake2b
from typing import Any

from gamesaves.documents.profile import PREVIOUS_LIMIT, CharacterProfile

COUNTERS = frozenset({"revision", "previous", "interactions", "total_interactions"})
"""What is counted, and says nothing about who somebody is."""


def content_hash(profile: CharacterProfile) -> str:
    """Return a hash over everything that says who a profile is; the order of keys plays no part."""
    content = profile.model_dump(mode="json", exclude=set(COUNTERS))
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def next_revision(before: CharacterProfile, fields: dict[str, Any]) -> CharacterProfile:
    """Return the profile with these fields changed and its revision moved on; `before` itself if nothing changes."""
    return moved_on(before, before.model_copy(update=fields))


def moved_on(before: CharacterProfile, after: CharacterProfile) -> CharacterProfile:
    """Return `after` as the state that follows on `before`; `before` itself if both say the same."""
    if content_hash(after) == content_hash(before):
        return before
    previous = [content_hash(before), *before.previous][:PREVIOUS_LIMIT]
    return after.model_copy(update={"revision": before.revision + 1, "previous": previous})
