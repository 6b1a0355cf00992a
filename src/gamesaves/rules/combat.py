"""What play does to a character: wounds, rest, belongings, abilities, experience, effects.

Each rule changes the character it is given, or raises `InvalidValue` and changes nothing. Parts of the character are
replaced rather than changed where they are, so that a copy that shares them stays as it was.
"""

from difflib import get_close_matches
from typing import Any

from gamesaves.documents.character import CharacterInfo, CharacterStatus, ItemInfo
from gamesaves.errors import InvalidValue
from gamesaves.ids import free_id, slug

_LARGEST = 2**63 - 1


def status_of(character: CharacterInfo) -> CharacterStatus:
    """Return the status that hit points give: healthy, injured below the maximum, unconscious at 0.

    Dead stays dead: only the game says who dies, and only the game says who comes back.
    """
    if character.status == "dead":
        return "dead"
    if character.hit_points_current == 0:
        return "unconscious"
    return "injured" if character.hit_points_current < character.hit_points_max else "healthy"


def take_damage(character: CharacterInfo, amount: int) -> int:
    """Take hit points, down to 0; return how many were lost.

    Raises:
        InvalidValue: the amount is negative or no whole number.
    """
    _require_amount(amount, "damage", hint="To give hit points back, heal.")
    lost = min(amount, character.hit_points_current)
    character.hit_points_current -= lost
    character.status = status_of(character)
    return lost


def heal(character: CharacterInfo, amount: int) -> int:
    """Give hit points back, up to the maximum; return how many were gained.

    Hit points above the maximum, set by hand, stay.

    Raises:
        InvalidValue: the amount is negative or no whole number, or the character is dead.
    """
    _require_amount(amount, "healing", hint="To take hit points, use damage.")
    _require_alive(character)
    gained = max(0, min(amount, character.hit_points_max - character.hit_points_current))
    character.hit_points_current += gained
    character.status = status_of(character)
    return gained


def rest(character: CharacterInfo) -> None:
    """Rest until everything is restored: hit points, hit dice, and the uses of abilities. Effects stay.

    Raises:
        InvalidValue: the character is dead.
    """
    _require_alive(character)
    character.hit_points_current = max(character.hit_points_current, character.hit_points_max)
    character.hit_dice_used = 0
    character.abilities = {
        key: ability if ability.uses_max is None else ability.model_copy(update={"uses_left": ability.uses_max})
        for key, ability in character.abilities.items()
    }
    character.status = status_of(character)


def gain_item(character: CharacterInfo, item: str | ItemInfo, quantity: int | None = None) -> str:
    """Put something into the inventory; return the id it has there.

    Args:
        character: who gets it.
        item: the id or the name of something carried already, of which there are then more; any other name, of
            which a new thing is made; or what exactly it is. The same thing is added up, another of the same
            name gets an id of its own.
        quantity: how many, from 1; by default one, or as many as the `ItemInfo` says.

    Raises:
        InvalidValue: the quantity is not a whole number from 1, or more than can be counted.
        InvalidName: the name is empty or holds control characters.
    """
    if isinstance(item, str):
        known = _find_item(character, item)
        key, thing = (known, character.inventory[known]) if known else _new_item(character, ItemInfo(name=item.strip()))
        quantity = 1 if quantity is None else quantity
    else:
        key, thing = _stack_for(character, item)
        quantity = item.quantity if quantity is None else quantity
    _require_amount(quantity, "quantity", hint="Give at least 1.", least=1)
    total = _total(thing.quantity if key in character.inventory else 0, quantity, "items")
    character.inventory = {**character.inventory, key: thing.model_copy(update={"quantity": total}, deep=True)}
    return key


def drop_item(character: CharacterInfo, item: str, quantity: int | None = 1) -> int:
    """Take something out of the inventory; return how many are left.

    Args:
        character: who loses it.
        item: its id or its name.
        quantity: how many, from 1; None for all there are.

    Raises:
        InvalidValue: there is no such thing, there are not so many, or the quantity is not a whole number from 1.
    """
    key = _find_item(character, item)
    if key is None:
        raise _unknown(character, "item", item, {key: it.name for key, it in character.inventory.items()})
    carried = character.inventory[key]
    quantity = carried.quantity if quantity is None else quantity
    _require_amount(quantity, "quantity", hint="Drop at least 1.", least=min(1, carried.quantity))
    if quantity > carried.quantity:
        raise InvalidValue(
            f"{character.name} carries only {carried.quantity} of {carried.name!r}, not {quantity}",
            hint=f"Drop {carried.quantity} at most.",
        )
    left = carried.quantity - quantity
    character.inventory = {
        other: carried.model_copy(update={"quantity": left}) if other == key else thing
        for other, thing in character.inventory.items()
        if other != key or left
    }
    return left


def use_ability(character: CharacterInfo, ability: str) -> int | None:
    """Use an ability, by its id or name; return the uses left, None where they are not counted.

    Raises:
        InvalidValue: the character has no such ability, or no use of it is left.
    """
    names = {key: known.name for key, known in character.abilities.items()}
    key = _find(names, ability)
    if key is None:
        raise _unknown(character, "ability", ability, names)
    known = character.abilities[key]
    left = known.uses_max if known.uses_left is None else known.uses_left
    if left is None:
        return None
    if left == 0:
        raise InvalidValue(f"{character.name} has no use of {known.name!r} left", hint="Uses come back with a rest.")
    character.abilities = {**character.abilities, key: known.model_copy(update={"uses_left": left - 1})}
    return left - 1


def gain_experience(character: CharacterInfo, amount: int) -> int:
    """Add experience points; return how many there are now. When a level is due is the game's to say.

    Raises:
        InvalidValue: the amount is negative, no whole number, or more than can be counted.
    """
    _require_amount(amount, "experience", hint="Experience is never taken away.")
    character.experience = _total(character.experience, amount, "experience points")
    return character.experience


def add_effect(character: CharacterInfo, name: str) -> bool:
    """Lay an effect upon a character; return whether it is new to them.

    Raises:
        InvalidValue: the name is empty.
    """
    name = name.strip()
    if not name:
        raise InvalidValue("an effect needs a name", hint="For example: poisoned.")
    if name in character.status_effects:
        return False
    character.status_effects = [*character.status_effects, name]
    return True


def remove_effect(character: CharacterInfo, name: str) -> None:
    """Lift an effect from a character.

    Raises:
        InvalidValue: no such effect lies upon them.
    """
    name = name.strip()
    if name not in character.status_effects:
        raise _unknown(character, "effect", name, {effect: effect for effect in character.status_effects})
    character.status_effects = [effect for effect in character.status_effects if effect != name]


def _find(names: dict[str, str], wanted: str) -> str | None:
    """The key that `wanted` is, or whose name it is whatever the case."""
    if wanted in names:
        return wanted
    folded = wanted.strip().casefold()
    return next((key for key, name in names.items() if name.casefold() == folded), None)


def _find_item(character: CharacterInfo, wanted: str) -> str | None:
    return _find({key: item.name for key, item in character.inventory.items()}, wanted)


def _new_item(character: CharacterInfo, item: ItemInfo) -> tuple[str, ItemInfo]:
    return free_id(slug(item.name), character.inventory), item


def _stack_for(character: CharacterInfo, item: ItemInfo) -> tuple[str, ItemInfo]:
    """The id and the thing that `item` adds to: one that differs in nothing but how many, and whether it is worn."""
    counted = {"quantity", "equipped"}
    wanted = item.model_dump(exclude=counted)
    for key, carried in character.inventory.items():
        if carried.name == item.name and carried.model_dump(exclude=counted) == wanted:
            return key, carried
    return _new_item(character, item)


def _require_amount(amount: Any, what: str, *, hint: str, least: int = 0) -> None:
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise InvalidValue(f"{what} must be a whole number, not {amount!r}", hint="Give a number such as 3.")
    if amount < least:
        raise InvalidValue(f"{what} must be {least} or more, not {amount}", hint=hint)


def _require_alive(character: CharacterInfo) -> None:
    if character.status == "dead":
        raise InvalidValue(
            f"{character.name} is dead", hint="To bring somebody back, set another `status` first, then heal."
        )


def _total(before: int, added: int, what: str) -> int:
    if before + added > _LARGEST:
        raise InvalidValue(f"more {what} than can be counted", hint=f"The most is {_LARGEST}.")
    return before + added


def _unknown(character: CharacterInfo, kind: str, wanted: str, names: dict[str, str]) -> InvalidValue:
    folded = {text.casefold(): key for key, name in names.items() for text in (name, key)}
    near = [folded[text] for text in get_close_matches(wanted.casefold(), folded, n=2)]
    choice = list(dict.fromkeys(near)) or sorted(names)[:8]
    hint = f"There is: {', '.join(choice)}." if choice else "There is none."
    return InvalidValue(f"{character.name} has no {kind} {wanted!r}", hint=hint)
