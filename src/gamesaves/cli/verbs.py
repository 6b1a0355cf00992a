"""What a game master can do in `saves play`: each verb is one commit, or changes nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gamesaves.cli import sheets
from gamesaves.cli.output import terminal_width
from gamesaves.cli.text import Line, Piece, counted
from gamesaves.errors import Ambiguous, InvalidValue, NotFound
from gamesaves.services.lookup import folded, look_up

if TYPE_CHECKING:
    from gamesaves.services.campaign import Campaign
    from gamesaves.services.characters import Character

_SPEAKERS = ("narrator", "player")


@dataclass(frozen=True)
class Reply:
    """What came of a verb."""

    lines: list[Line]
    data: dict[str, Any]


Words = list[str]


@dataclass(frozen=True)
class Verb:
    """A verb of the console.

    Attributes:
        usage: how it is written; capitals stand for what is to be filled in, brackets for what can be left out.
        least: how many words it needs.
        outside: whether it concerns the campaign itself, also while an encounter is going on.
    """

    usage: str
    help: str
    do: "Callable[[Campaign, Words], Reply]"
    least: int = 0
    outside: bool = False


def somebody(campaign: "Campaign", name: str) -> str:
    """Return the id of somebody in the campaign: by id, short id, name, or a part of these.

    Raises:
        NotFound, Ambiguous: nobody, or more than one, is called that.
    """
    try:
        return campaign.id_of(name)
    except NotFound as unknown:
        wanted = folded(name)
        names = {who: one.name for who, one in campaign.characters.items()}
        matches = [who for who, shown in names.items() if wanted and (wanted in folded(who) or wanted in folded(shown))]
        if not matches:
            unknown.hint = unknown.hint if unknown.nearest else "See who is there: status"
            raise
    if len(matches) > 1:
        raise Ambiguous("character", name, sorted(matches))
    return matches[0]


def number(text: str) -> int:
    """Return the whole number that was typed.

    Raises:
        InvalidValue: it is none.
    """
    try:
        return int(text)
    except ValueError:
        raise InvalidValue(f"{text!r} is not a whole number", hint="Write it in digits: 8") from None


def _after(campaign: "Campaign", who: str, what: str, **more: Any) -> Reply:
    one = campaign.characters[who]
    state = f"{one.hit_points_current} of {one.hit_points_max} hit points, {one.status}"
    return Reply([[Piece(one.name, "bold"), f" {what}  ", Piece(state, "dim")]], {**sheets.sheet(one), **more})


def status(campaign: "Campaign", words: Words) -> Reply:
    """Show how everybody stands, or one of them in full."""
    characters: Iterable[Character] = campaign.characters.values()
    lines: list[Line] = []
    if words:
        characters = [campaign.characters[somebody(campaign, " ".join(words))]]
        lines = [line for one in characters for line in sheets.details(one)]
    else:
        lines = sheets.glance(campaign)
    data = {"seq": campaign.seq, "characters": [sheets.sheet(one) for one in characters]}
    return Reply([*lines, *sheets.sheets(characters, width=terminal_width())], data)


def damage(campaign: "Campaign", words: Words) -> Reply:
    """Wound somebody."""
    who, amount = somebody(campaign, " ".join(words[:-1])), number(words[-1])
    with campaign.turn(f"{campaign.characters[who].name} takes {amount} damage") as turn:
        lost = turn.character(who).take_damage(amount)
    return _after(campaign, who, f"loses {counted(lost, 'hit point')}.", lost=lost)


def heal(campaign: "Campaign", words: Words) -> Reply:
    """Heal somebody."""
    who, amount = somebody(campaign, " ".join(words[:-1])), number(words[-1])
    with campaign.turn(f"{campaign.characters[who].name} is healed by {amount}") as turn:
        gained = turn.character(who).heal(amount)
    return _after(campaign, who, f"regains {counted(gained, 'hit point')}.", gained=gained)


def give(campaign: "Campaign", words: Words) -> Reply:
    """Give somebody a thing, or more of one."""
    who, (item, quantity) = somebody(campaign, words[0]), _thing(words[1:])
    with campaign.turn(f"{campaign.characters[who].name} gets {item}") as turn:
        item_id = turn.character(who).gain_item(item, quantity)
    held = campaign.characters[who].inventory[item_id]
    return _after(campaign, who, f"has {held.name} ×{held.quantity}.", item_id=item_id, quantity=held.quantity)


def drop(campaign: "Campaign", words: Words) -> Reply:
    """Take a thing away from somebody."""
    who, everything = somebody(campaign, words[0]), len(words) > 2 and words[-1] == "all"
    item, quantity = (" ".join(words[1:-1]), None) if everything else _thing(words[1:])
    with campaign.turn(f"{campaign.characters[who].name} loses {item}") as turn:
        left = turn.character(who).drop_item(item, quantity if everything else quantity or 1)
    return _after(campaign, who, f"has {left} of {item} left.", item=item, quantity=left)


def _thing(words: Words) -> tuple[str, int | None]:
    """Split what was typed into a thing and how many of it: `healing potion 2`."""
    if len(words) > 1 and words[-1].lstrip("-").isdecimal():
        return " ".join(words[:-1]), number(words[-1])
    return " ".join(words), None


def level(campaign: "Campaign", words: Words) -> Reply:
    """Raise somebody by a level."""
    who = somebody(campaign, " ".join(words))
    with campaign.turn(f"{campaign.characters[who].name} rises by a level") as turn:
        gained = turn.character(who).level_up()
    now = campaign.characters[who].level
    return _after(campaign, who, f"is level {now}, with {counted(gained, 'hit point')} more.", gained=gained)


def experience(campaign: "Campaign", words: Words) -> Reply:
    """Give somebody experience points."""
    who, amount = somebody(campaign, " ".join(words[:-1])), number(words[-1])
    with campaign.turn(f"{campaign.characters[who].name} learns from it") as turn:
        total = turn.character(who).gain_experience(amount)
    return _after(campaign, who, f"has {counted(total, 'experience point')}.", experience=total)


def effect(campaign: "Campaign", words: Words) -> Reply:
    """Lay an effect upon somebody, or lift it."""
    who, off = somebody(campaign, words[0]), len(words) > 2 and words[-1] == "off"
    name = " ".join(words[1:-1] if off else words[1:])
    with campaign.turn(f"{campaign.characters[who].name}: {name}{' ends' if off else ''}") as turn:
        one = turn.character(who)
        if off:
            one.remove_effect(name)
        else:
            one.add_effect(name)
    return _after(campaign, who, f"is {'no longer ' if off else ''}{name}.")


def spawn(campaign: "Campaign", words: Words) -> Reply:
    """Bring somebody in."""
    one = campaign.add_character(words[0], name=" ".join(words[1:]) or None)
    return _after(campaign, one.character_id, f"appears as {one.character_id}.")


def move(campaign: "Campaign", words: Words) -> Reply:
    """Take somebody to a place."""
    who, place = somebody(campaign, words[0]), " ".join(words[1:])
    places = {key: one.name for key, one in campaign.data.environments.items()}
    place = _known("place", place, places) or place
    with campaign.turn(f"{campaign.characters[who].name} goes to {places.get(place, place)}") as turn:
        turn.character(who).location = place
    return _after(campaign, who, f"is at {places.get(place, place)}.")


def _known(kind: str, name: str, names: Mapping[str, str]) -> str | None:
    """Return the id of what is there by that name; None for something new, that is called like nothing there.

    Raises:
        NotFound: something there is called nearly the same.
        Ambiguous: several things are called that.
    """
    try:
        return look_up(kind, name, names)
    except NotFound as unknown:
        if unknown.nearest:
            raise
        return None


def scene(campaign: "Campaign", words: Words) -> Reply:
    """Go to a scene; one that is not there yet begins."""
    wanted, title = words[0], " ".join(words[1:])
    known = None if title and wanted not in campaign.data.scenes else _known("scene", wanted, campaign.data.scenes)
    if known is None:
        known = campaign.add_scene(title or _title(wanted), scene_id=_new_id(wanted), current=True).scene_id
    else:
        with campaign.turn(f"Scene: {campaign.data.scenes[known]}") as turn:
            turn.data.current_scene_id = known
    shown = campaign.data.scenes[known]
    return Reply([["Scene: ", Piece(shown, "bold")]], {"scene_id": known, "title": shown})


def quest(campaign: "Campaign", words: Words) -> Reply:
    """Say how a quest stands; one that is not there yet begins."""
    from gamesaves.documents import QuestInfo

    wanted, state, title = words[0], words[1].lower(), " ".join(words[2:])
    titles = {key: one.title for key, one in campaign.data.quests.items()}
    known = None if title and wanted not in titles else _known("quest", wanted, titles)
    quest_id = known or _new_id(wanted)
    title = title or titles.get(quest_id) or _title(wanted)
    with campaign.turn(f"Quest: {title}, {state}") as turn:
        before = turn.data.quests.get(quest_id) or QuestInfo(quest_id=quest_id, title=title)
        turn.data.quests = {**turn.data.quests, quest_id: before.model_copy(update={"status": state, "title": title})}
        others = [one for one in turn.data.active_quest_ids if one != quest_id]
        turn.data.active_quest_ids = [*others, quest_id] if state == "active" else others
    return Reply([["Quest: ", Piece(title, "bold"), f" is {state}."]], {"quest_id": quest_id, "status": state})


def _new_id(text: str) -> str:
    from gamesaves.ids import slug

    return slug(text)


def _title(text: str) -> str:
    words = text.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def time(campaign: "Campaign", words: Words) -> Reply:
    """Let time pass in the story: to the next period of the day, or until it is the one that was named."""
    from gamesaves.rules.calendar import PERIODS, periods_until

    session = campaign.session
    wanted = next((one for one in PERIODS if words and one == words[0].lower()), None)
    if words and wanted is None:
        raise InvalidValue(f"{words[0]!r} is no time of the day", hint=f"There are: {', '.join(PERIODS)}.")
    now = None if session is None else session.temporal_state.time_period
    periods = 1 if wanted is None or now is None else periods_until(now, wanted)
    with campaign.turn("Time passes") as turn:
        turn.advance_time(periods)
        then, scene = turn.session.temporal_state, turn.session.active_scene
    light = scene.environment_state.get("lighting")
    data = {"day": then.current_day, "period": then.time_period, "lighting": light}
    return Reply([[Piece(f"Day {then.current_day}, {then.time_period}", "bold"), f": {light}" if light else "."]], data)


def say(campaign: "Campaign", words: Words) -> Reply:
    """Let somebody say something."""
    speaker = words[0] if words[0] in _SPEAKERS else somebody(campaign, words[0])
    text = " ".join(words[1:])
    message_id = campaign.say(speaker, text)
    name = campaign.characters[speaker].name if speaker in campaign.characters else speaker
    return Reply([[Piece(name, "bold"), f": {text}"]], {"message_id": message_id, "speaker": speaker, "text": text})


VERBS: dict[str, Verb] = {
    "status": Verb("status [WHO]", "how everybody stands, or one of them in full", status),
    "damage": Verb("damage WHO N", "wound somebody", damage, 2),
    "heal": Verb("heal WHO N", "heal somebody", heal, 2),
    "give": Verb("give WHO ITEM [N]", "give somebody a thing, or more of one", give, 2),
    "drop": Verb("drop WHO ITEM [N|all]", "take a thing away", drop, 2),
    "level": Verb("level WHO", "raise somebody by a level", level, 1),
    "xp": Verb("xp WHO N", "give experience points", experience, 2),
    "effect": Verb("effect WHO NAME [off]", "lay an effect upon somebody, or lift it", effect, 2),
    "spawn": Verb("spawn PRESET [NAME]", "bring somebody in: a preset, or a profile's id", spawn, 1),
    "move": Verb("move WHO PLACE", "take somebody to a place", move, 2),
    "scene": Verb("scene ID [TITLE]", "go to a scene, or begin a new one", scene, 1),
    "say": Verb("say WHO TEXT", "let somebody speak, or the narrator", say, 2),
    "time": Verb("time [PERIOD]", "let time pass, to the next period of the day or to one", time),
    "quest": Verb("quest ID STATUS [TITLE]", "say how a quest stands, or begin one", quest, 2),
}
