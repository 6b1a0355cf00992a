"""What a game master can do in `saves play` beside playing: save, take a turn back, and fight in encounters."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gamesaves.cli.history import gone_back
from gamesaves.cli.slot import default_name, saved_line, slot_tree
from gamesaves.cli.text import Piece, counted
from gamesaves.cli.verbs import Reply, Verb, Words
from gamesaves.errors import InvalidValue
from gamesaves.services.lookup import look_up

if TYPE_CHECKING:
    from gamesaves.services.campaign import Campaign
    from gamesaves.services.encounter import Encounter, LeftEncounter

_USAGE = "encounter begin|end [NAME]"
_HELP = "a fight that is one commit; also drop, resume, merge"


def save(campaign: "Campaign", words: Words) -> Reply:
    """Save under a name."""
    slot = campaign.save_as(" ".join(words) or default_name(campaign))
    return Reply([saved_line(slot)], slot_tree(next(iter(campaign.slots)), slot))


def undo(campaign: "Campaign", words: Words) -> Reply:
    """Take the last turn back."""
    if words:
        raise InvalidValue("one turn is taken back at a time", hint="Write it like this: undo")
    data, lines = gone_back(campaign, campaign.before_turns(1))
    return Reply(lines, data)


def encounter(campaign: "Campaign", words: Words) -> Reply:
    """Begin an encounter or end it; what is done between the two is one commit."""
    verb, name = words[0], " ".join(words[1:])
    if verb == "begin":
        return _going_on(campaign.encounter(name or "Encounter"), "begins")
    if verb == "resume":
        return _going_on(_left(campaign, name).resume(), "goes on")
    if verb == "merge":
        left = _left(campaign, name)
        return _over(left.name, left.merge().seq, left.rounds)
    if verb == "end":
        fight = _fight(campaign)
        return _over(fight.name, fight.end(name or None).seq, fight.rounds)
    if verb == "drop":
        return _drop(campaign, name)
    raise InvalidValue(f"an encounter cannot {verb!r}", hint="There are: begin, end, drop, resume and merge.")


def _fight(campaign: "Campaign") -> "Encounter":
    fight = campaign.current_encounter
    if fight is None:
        raise InvalidValue("no encounter is going on", hint="Begin one: encounter begin Ambush")
    return fight


def _left(campaign: "Campaign", name: str) -> "LeftEncounter":
    """Return the encounter that was left open and is meant; where there is one only, it need not be named."""
    there = {one.id: one for one in campaign.encounters}
    if not name and len(there) == 1:
        return next(iter(there.values()))
    if not there:
        raise InvalidValue("no encounter was left open", hint="Begin one: encounter begin Ambush")
    if not name:
        raise InvalidValue("several encounters were left open", hint=f"Name one of these: {', '.join(_names(there))}")
    return there[look_up("encounter", name, {one.id: one.name for one in there.values()})]


def _names(encounters: "Mapping[str, LeftEncounter]") -> list[str]:
    return [one.name for one in encounters.values()]


def _going_on(fight: "Encounter", what: str) -> Reply:
    hint = "encounter end makes one commit of it"
    data = {"encounter_id": fight.id, "name": fight.name, "rounds": fight.rounds}
    return Reply([[Piece(fight.name, "bold"), f" {what}.  ", Piece(hint, "dim")]], data)


def _over(name: str, seq: int, rounds: int) -> Reply:
    what = f" is over: {counted(rounds, 'round')} in event {seq}."
    return Reply([[Piece(name, "bold"), what]], {"name": name, "seq": seq, "rounds": rounds})


def _drop(campaign: "Campaign", name: str) -> Reply:
    fight = campaign.current_encounter
    if fight is not None:
        fight.drop()
        return Reply([[Piece(fight.name, "bold"), " has not happened."]], {"name": fight.name, "kept_in": None})
    left = _left(campaign, name)
    kept = str(left.drop())
    return Reply([[Piece(left.name, "bold"), f" is set aside: {kept}"]], {"name": left.name, "kept_in": kept})


SLOT_VERBS: dict[str, Verb] = {
    "save": Verb("save [NAME]", "save under a name, to come back to", save, outside=True),
    "undo": Verb("undo", "take the last turn back", undo, outside=True),
    "encounter": Verb(_USAGE, "a fight that is one commit; also drop, resume, merge", encounter, 1, outside=True),
}
