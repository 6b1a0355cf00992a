"""The console of `saves play`: from a line to a verb, and what came of it."""

import shlex
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from gamesaves.cli.failing import described
from gamesaves.cli.slotverbs import SLOT_VERBS
from gamesaves.cli.text import Line, Piece
from gamesaves.cli.verbs import VERBS as PLAY_VERBS
from gamesaves.cli.verbs import Reply, Verb
from gamesaves.errors import InvalidValue, SavesError

if TYPE_CHECKING:
    from gamesaves.services.campaign import Campaign

LEAVING = ("quit", "exit")
VERBS = {**PLAY_VERBS, **SLOT_VERBS}


@dataclass(frozen=True)
class Outcome:
    """What came of a line: a reply or an error.

    Attributes:
        leaves: whether the console ends here.
    """

    command: str
    reply: Reply | None = None
    error: SavesError | None = None
    leaves: bool = False

    def tree(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        if self.error is not None:
            return {"command": self.command, "ok": False, "error": described(self.error)}
        return {"command": self.command, "ok": True, "data": self.reply.data if self.reply else {}}


def carry_out(campaign: "Campaign", line: str) -> Outcome | None:
    """Do what a line says; None for one that says nothing. What fails has changed nothing."""
    line = line.strip()
    if not line or line.startswith("#"):
        return None
    try:
        name, *words = _words(line)
        if name in LEAVING:
            return Outcome(line, Reply([], {}), leaves=True)
        if name == "help":
            return Outcome(line, _help(words))
        verb = _verb(name)
        if len(words) < verb.least:
            raise InvalidValue(f"{name} needs more words", hint=f"Write it like this: {verb.usage}")
        return Outcome(line, verb.do(campaign if verb.outside else _stage(campaign), words))
    except SavesError as error:
        return Outcome(line, error=error)


def _stage(campaign: "Campaign") -> "Campaign":
    """Return where things happen: the campaign, or what it is within the encounter that is going on."""
    fight = campaign.current_encounter
    return campaign if fight is None else fight.campaign


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        # An apostrophe in what somebody says: `say kara I don't know`.
        verb, _, rest = line.partition(" ")
        if verb == "say":
            return [verb, *rest.split(maxsplit=1)]
        raise InvalidValue("a quotation mark is left open", hint="Close it, or leave it out.") from None


def _verb(name: str) -> Verb:
    verb = VERBS.get(name)
    if verb is None:
        near = get_close_matches(name, VERBS, n=2)
        hint = f"Did you mean {' or '.join(near)}?" if near else "What there is: help"
        raise InvalidValue(f"there is no command {name!r}", hint=hint)
    return verb


def _help(words: list[str]) -> Reply:
    verbs = [_verb(words[0])] if words else list(VERBS.values())
    rows = [(verb.usage, verb.help) for verb in verbs]
    if not words:
        rows += [("help [COMMAND]", "this list"), ("quit", "end; everything is saved already")]
    lines: list[Line] = [[Piece(f"{usage:<25} ", "bold"), what] for usage, what in rows]
    if not words:
        lines.append(Piece("WHO is an id, a short id, a name, or a part of one. Quote names of several words.", "dim"))
    return Reply(lines, {usage.split()[0]: what for usage, what in rows})


def candidates(campaign: "Campaign", typed: str) -> list[str]:
    """Return what a line that ends with a half-typed word can go on with, for the Tab key."""
    before, _, word = typed.rpartition(" ")
    if not before:
        return [name + " " for name in (*VERBS, "help", "quit") if name.startswith(word)]
    if before.strip() == "spawn":
        return [entry.id + " " for entry in campaign.presets.list() if entry.id.startswith(word)]
    short = (who.rpartition(":")[2] for who in _stage(campaign).characters)
    return [who + " " for who in short if who.startswith(word)]
