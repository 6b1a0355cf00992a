"""Which voice of a pool speaks for a character."""

from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from gamesaves.documents.preset import VoicePreset


def choose_voice(
    pool: Iterable[VoicePreset],
    in_use: Iterable[str] | Mapping[str, int],
    archetype: str | None,
    gender: str | None,
    character_id: str,
) -> str | None:
    """Return the id of the voice that fits best and is used least; None where the pool has none.

    A voice that fits both archetype and gender goes before one that fits the gender alone, that before one that
    fits the archetype alone, that before any. Among those that fit equally well the one used least is taken, and
    among those used equally often the character's id decides: the same answer on every machine, whatever the order
    of the pool. Once chosen, a voice stays: ask only for a character who has none.

    Args:
        pool: the voices there are; one without an id cannot be chosen.
        in_use: the ids of the voices that characters have, one for each, or how often each is in use.
        archetype: what to look for; None fits every voice.
        gender: what to look for; None fits every voice, and a voice without gender fits everybody.
        character_id: whose voice it will be.
    """
    uses = Counter(in_use)

    def rank(voice_and_id: tuple[VoicePreset, str]) -> tuple[bool, bool, int, bytes, str]:
        voice, name = voice_and_id
        lot = blake2b(f"{character_id}\0{name}".encode(), digest_size=8).digest()
        wrong_gender = voice.gender is not None and not _fits(voice.gender, gender)
        return wrong_gender, not _fits(voice.archetype, archetype), uses[name], lot, name

    candidates = [(voice, voice.id) for voice in pool if voice.id]
    return min(candidates, key=rank)[1] if candidates else None


def _fits(offered: str | None, wanted: str | None) -> bool:
    return wanted is None or (offered is not None and offered.strip().casefold() == wanted.strip().casefold())
