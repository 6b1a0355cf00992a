"""How characters begin, and how they rise: from a preset to a profile, from a profile into a campaign.

Numbers follow the System Reference Document 5.1, with one simplification: Constitution adds no hit points at
level 1, and every later level gives the average of the hit die, rounded up, rather than a roll.
"""

from collections.abc import Collection, Container, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from gamesaves.documents.appearance import TEXT_FIELDS, VISUAL_FIELDS, VOICE_FIELDS
from gamesaves.documents.base import Part
from gamesaves.documents.character import AbilityInfo, CharacterInfo, Sheet
from gamesaves.documents.preset import CharacterPreset, ClassPreset
from gamesaves.documents.profile import CharacterProfile, Starting
from gamesaves.errors import InvalidValue
from gamesaves.rules.combat import status_of
from gamesaves.rules.ownership import SOURCE_FIELDS, copies, link

ADVENTURER = ClassPreset(id="adventurer", name="Adventurer", hit_die=8, armor_class=10)
"""What a character of an unknown class is taken for."""

_Part = TypeVar("_Part", bound=Part)
_LARGEST = 2**63 - 1
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_KIT = ("inventory", "abilities")
_SHEET_FIELDS = set(Sheet.model_fields)
_PROFILE_FIELDS = {
    "name",
    "character_type",
    "race",
    "character_class",
    "portrait_prompt",
    *VISUAL_FIELDS,
    *TEXT_FIELDS,
    *VOICE_FIELDS,
}


def constitution_modifier(constitution: int) -> int:
    """Return what a Constitution score adds to each level's hit points: 10 and 11 add 0, two points more add 1."""
    return (constitution - 10) // 2


def hit_points_at(hit_die: int, level: int, constitution: int) -> int:
    """Return the maximum hit points at a level: the full die at level 1, then its average and Constitution.

    A level gives at least 1 hit point.

    Args:
        hit_die: sides of the class's hit die.
        level: from 1.
        constitution: the ability score, not the modifier.

    Raises:
        InvalidValue: the level is below 1.
    """
    _require_level(level)
    a_level = max(1, hit_die // 2 + 1 + constitution_modifier(constitution))
    return min(hit_die + (level - 1) * a_level, _LARGEST)


def abilities_at(class_preset: ClassPreset | None, level: int, *, above: int = 0) -> dict[str, AbilityInfo]:
    """Return what a class has learnt by a level, by id; of one learnt again (with more uses, say) the later.

    Args:
        class_preset: None for an unknown class.
        level: the level reached.
        above: leave out what was learnt up to this level.
    """
    by_level = (class_preset or ADVENTURER).abilities
    learnt: dict[str, AbilityInfo] = {}
    for key in sorted(by_level, key=int):
        if above < int(key) <= level:
            learnt.update(_own(by_level[key]))
    return learnt


def starting_from(preset: CharacterPreset, class_preset: ClassPreset | None) -> Starting:
    """Return what a campaign begins with for a character of this preset and class (None: unknown).

    The kit is the class's with the preset's added, an entry of the same id replaced, one of quantity 0 left out;
    abilities likewise, up to the preset's level. Hit points and armour class stay null where the preset leaves them
    to the class: they then follow the level the campaign begins at. Keys that the library does not know come along.
    """
    kit = {**(class_preset or ADVENTURER).inventory, **preset.inventory}
    abilities = {**abilities_at(class_preset, preset.level), **preset.abilities}
    sheet = preset.model_dump(include=_SHEET_FIELDS - {"inventory", "abilities"})
    return Starting(
        **_unknown_keys(preset, Starting.model_fields),
        **sheet,
        inventory=_own({key: item for key, item in kit.items() if item.quantity}),
        abilities=_own(abilities),
        hit_points_max=preset.hit_points_max,
        armor_class=preset.armor_class,
    )


def profile_from(
    preset: CharacterPreset, class_preset: ClassPreset | None, *, character_id: str, uid: str, now: datetime
) -> CharacterProfile:
    """Return a new profile with everything the preset says.

    Args:
        preset: who it is.
        class_preset: the class; None for an unknown one, which counts as an adventurer.
        character_id: the new character's id, `pc:…` or `npc:…`.
        uid: random, never used before.
        now: the time of its making.
    """
    return CharacterProfile(
        **preset.model_dump(include=_PROFILE_FIELDS),
        character_id=character_id,
        uid=uid,
        base_level=preset.level,
        preset_id=preset.id,
        starting=starting_from(preset, class_preset),
        first_created=now,
    )


def reapplied(
    profile: CharacterProfile,
    preset: CharacterPreset,
    class_preset: ClassPreset | None,
    only: Collection[str] | None = None,
) -> dict[str, Any]:
    """Return the fields of a profile that its preset gives anew, with their values; other fields stay.

    Name, id, kind and portrait are the person's own. What the preset leaves out, or has null, stays as the profile has
    it. Kit and abilities are the class's with the preset's, as at the beginning.

    Args:
        only: of these fields, which are a profile's.

    Raises:
        InvalidValue: one of `only` is no field that a preset gives.
    """
    new = profile_from(preset, class_preset, character_id=profile.character_id, uid=profile.uid, now=_NEVER)
    given = {name for name in preset.model_fields_set if getattr(preset, name) is not None}
    fields = {name: getattr(new, name) for name in SOURCE_FIELDS if name in given and name != "name"}
    if "level" in given:
        fields["base_level"] = new.base_level
    start = {name: getattr(new.starting, name) for name in Starting.model_fields if name in given | {*_KIT}}
    fields |= {"starting": profile.starting.model_copy(update=start), "preset_id": preset.id or profile.preset_id}
    if only is None:
        return fields
    known = {*SOURCE_FIELDS, "base_level", "starting"} - {"name"}
    if unknown := [name for name in only if name not in known]:
        raise InvalidValue(f"a preset gives no {unknown[0]!r}", hint=f"It gives: {', '.join(sorted(known))}.")
    return {name: value for name, value in fields.items() if name in only}


def campaign_state(
    profile: CharacterProfile, class_preset: ClassPreset | None, *, now: datetime, level: int | None = None
) -> CharacterInfo:
    """Return what a campaign begins with: a character in good health, with the profile's kit and abilities.

    Hit points and armour class that the profile gives stand; else they follow from class, level and Constitution.
    Keys of `starting` that the library does not know come along.

    Args:
        profile: who it is.
        class_preset: the class; None for an unknown one, which counts as an adventurer.
        now: when the character enters the campaign.
        level: where it begins, if not at the profile's `base_level`; what the class learns up to there is added.

    Raises:
        InvalidValue: the level is below 1.
    """
    cls = class_preset or ADVENTURER
    level = profile.base_level if level is None else level
    start = profile.starting
    by_class = hit_points_at(cls.hit_die, level, start.constitution)
    hit_points = by_class if start.hit_points_max is None else start.hit_points_max
    sheet = start.model_dump(include=_SHEET_FIELDS - {"abilities"})
    return CharacterInfo(
        **_unknown_keys(start, CharacterInfo.model_fields),
        **copies(profile),
        **sheet,
        abilities={**_own(start.abilities), **abilities_at(cls, level, above=profile.base_level)},
        character_id=profile.character_id,
        profile_id=profile.character_id,
        profile_uid=profile.uid,
        **link(profile),
        character_type=profile.character_type,
        level=level,
        hit_points_current=hit_points,
        hit_points_max=hit_points,
        armor_class=cls.armor_class if start.armor_class is None else start.armor_class,
        first_appearance=now,
    )


def level_up(character: CharacterInfo, class_preset: ClassPreset | None, level: int | None = None) -> int:
    """Raise a character in place, by one level or to `level`; return the hit points the maximum has grown by.

    Only the maximum grows: 26 of 26 becomes 26 of 34. A maximum that was set by hand grows by what the levels give.
    What the class learns on the way is added; of an ability known already, spent uses stay spent.

    Raises:
        InvalidValue: `level` is no level, or below the character's; lower it by hand if that is meant.
    """
    level = character.level + 1 if level is None else level
    _require_level(level)
    if level < character.level:
        raise InvalidValue(
            f"{character.name} has level {character.level} already",
            hint="Levels only rise. To lower one, set `level` and `hit_points_max` by hand.",
        )
    cls = class_preset or ADVENTURER
    before = hit_points_at(cls.hit_die, character.level, character.constitution)
    gain = hit_points_at(cls.hit_die, level, character.constitution) - before
    learnt = abilities_at(cls, level, above=character.level)
    for key, ability in learnt.items():
        _keep_spent_uses(ability, character.abilities.get(key))
    character.abilities = {**character.abilities, **learnt}
    character.hit_points_max = min(character.hit_points_max + gain, _LARGEST)
    character.level = level
    character.status = status_of(character)
    return gain


def levelled(character: CharacterInfo, class_preset: ClassPreset | None, level: int | None = None) -> CharacterInfo:
    """Return a copy of a character that `level_up` has raised; the given one stays as it is.

    Raises:
        InvalidValue: as `level_up`.
    """
    # Not `model_copy`: the copy of a sealed character would be sealed too.
    copy = CharacterInfo.model_validate(character.model_dump())
    level_up(copy, class_preset, level)
    return copy


def _keep_spent_uses(ability: AbilityInfo, known: AbilityInfo | None) -> None:
    if known is None or ability.uses_max is None or known.uses_max is None or known.uses_left is None:
        return
    ability.uses_left = max(0, ability.uses_max - max(0, known.uses_max - known.uses_left))


def _own(things: Mapping[str, _Part]) -> dict[str, _Part]:
    return {key: thing.model_copy(deep=True) for key, thing in things.items()}


def _unknown_keys(part: Part, known: Container[str]) -> dict[str, Any]:
    return {key: value for key, value in (part.model_extra or {}).items() if key not in known and key[:1] != "$"}


def _require_level(level: int) -> None:
    if type(level) is not int or not 1 <= level <= _LARGEST:
        raise InvalidValue(f"there is no level {level!r}", hint=f"Levels are whole numbers from 1 to {_LARGEST}.")
