"""The profiles that were read last, kept in memory as long as their files stay as they are."""

import threading
from collections import OrderedDict

from gamesaves.disk.files import Signature
from gamesaves.documents import CharacterProfile, lending
from gamesaves.documents.lending import Lender

CACHE_SIZE = 256


class ProfileCache:
    """At most so many profiles; whoever asks says what the file looks like now. Threads may share it."""

    def __init__(self, size: int = CACHE_SIZE) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[Signature, Lender[CharacterProfile]]] = OrderedDict()

    def get(self, character_id: str, now: Signature | None) -> CharacterProfile | None:
        """Return the profile that was read from the file as it is now; None where that was not kept."""
        with self._lock:
            held = self._held.get(character_id)
            if held is None or held[0] != now:
                return None
            self._held.move_to_end(character_id)
            return lending.lend(held[1])

    def keep(self, profile: CharacterProfile, before: Signature) -> CharacterProfile:
        """Keep a profile; return what can be handed out of it.

        Args:
            before: the file's signature from before it was read, so that an edit in between makes this entry stale,
                and never serves what was read for what is there.
        """
        with self._lock:
            lender = Lender(profile, {})
            self._held[profile.character_id] = (before, lender)
            self._held.move_to_end(profile.character_id)
            if len(self._held) > self._size:
                self._held.popitem(last=False)
            return lending.lend(lender)

    def forget(self, character_id: str) -> None:
        """Let go of a profile."""
        with self._lock:
            self._held.pop(character_id, None)
