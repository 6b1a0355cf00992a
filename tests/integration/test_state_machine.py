"""A campaign is played, closed, killed, edited and robbed of files in any order; a plain dictionary always agrees."""

import shutil
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from gamesaves import Campaign
from gamesaves.errors import NoSpace, NotFound, SavesError
from tests.integration.machines import Machine
from tests.integration.stores import KARA, Mortal, edit

PATHS = st.sampled_from(["map", "map/level1", "weather"])
WHO = st.integers(0, 9)
AMOUNTS = st.integers(0, 9)


class Dying(Mortal):
    """A system on which a process dies after so many more operations that change the disk."""

    left: int | None = None

    def _note(self, call: str, path: str) -> None:
        if self.left is not None and call in self.CHANGES:
            self.dead = self.dead or self.left <= 0
            self.left -= 1
        super()._note(call, path)


class Playing(Machine):
    """The store under test, and beside it what it should say.

    Attributes:
        model: hit points and places by character, documents by path, messages, turns.
        edits: what was written into files by hand and has not been taken in, by character.
    """

    system: Dying

    def __init__(self) -> None:
        super().__init__()
        self.model: dict[str, Any] = {}
        self.edits: dict[str, str] = {}
        self.name = ""

    def make_system(self) -> Dying:
        return Dying()

    @initialize()
    def create(self) -> None:
        self.campaign = self.store.campaigns.create("Any order", characters=["kara_stormwind"])
        self.name = self.campaign.id
        self.model = {
            "hit_points": {KARA: 26},
            "places": {KARA: None},
            "documents": {},
            "messages": [],
            "turns": 0,
            "experience": {KARA: 0},
        }

    # What a game does

    def _somebody(self, number: int) -> str:
        names = sorted(self.model["hit_points"])
        return str(names[number % len(names)])

    def _taken_in(self, *who: str) -> None:
        for one in who or tuple(self.edits):
            if one in self.edits:
                self.model["places"][one] = self.edits.pop(one)

    @precondition(lambda self: self.campaign)
    @rule(number=WHO, amount=AMOUNTS, path=PATHS, text=st.text(max_size=3), wait=st.booleans())
    def take_a_turn(self, number: int, amount: int, path: str, text: str, wait: bool) -> None:
        turn = self._open().begin_turn()
        self._play(turn, self._somebody(number), amount, path, text)
        turn.commit(wait=wait).result()
        self._played(self._somebody(number), amount, path, text)

    def _play(self, turn: Any, who: str, amount: int, path: str, text: str) -> None:
        turn.character(who).take_damage(amount)
        turn.character(who).gain_experience(1)
        document = turn.document(path)
        document["texts"] = [*document.get("texts", []), text]
        turn.data.custom_data.setdefault("deep", {}).setdefault("texts", []).append(text)
        if text:
            turn.say(who, text)

    def _played(self, who: str, amount: int, path: str, text: str) -> None:
        self._taken_in(who)
        model = self.model
        model["hit_points"][who] = max(0, model["hit_points"][who] - amount)
        model["experience"][who] += 1
        model["documents"].setdefault(path, []).append(text)
        model["deep"] = [*model.get("deep", []), text]
        model["messages"] += [text] if text else []
        model["turns"] += 1

    @precondition(lambda self: self.campaign)
    @rule(number=WHO, path=PATHS)
    def take_a_turn_that_raises(self, number: int, path: str) -> None:
        who = self._somebody(number)
        with suppress(ZeroDivisionError), self._open().turn() as turn:
            self._play(turn, who, 5, path, "never")
            _ = 1 // 0
        self._taken_in(who)

    @precondition(lambda self: self.campaign)
    @rule(number=WHO, path=PATHS, wait=st.booleans())
    def take_a_turn_on_a_full_disk(self, number: int, path: str, wait: bool) -> None:
        who = self._somebody(number)
        turn = self._open().begin_turn()
        self._play(turn, who, 5, path, "never")
        self.system.fail("write", "log.jsonl", 28)
        try:
            turn.commit(wait=wait).result()
            raise AssertionError("the disk was full")
        except NoSpace:
            turn.discard()
        finally:
            self.system.mend()
        self._taken_in(who)

    @precondition(lambda self: self.campaign)
    @rule(path=PATHS)
    def remove_a_document(self, path: str) -> None:
        if path not in self.model["documents"]:
            return
        with self._open().turn() as turn:
            turn.remove(path)
        del self.model["documents"][path]
        self.model["turns"] += 1

    @precondition(lambda self: self.campaign and len(self.model["hit_points"]) < 4)
    @rule()
    def meet_a_zombie(self) -> None:
        zombie = self._open().add_character("zombie").character_id
        self.model["hit_points"][zombie] = 22
        self.model["places"][zombie] = None
        self.model["experience"][zombie] = 0

    @precondition(lambda self: self.campaign)
    @rule()
    def close(self) -> None:
        self._open().close()
        self.campaign = None
        self._taken_in()

    @precondition(lambda self: not self.campaign)
    @rule()
    def open(self) -> None:
        self.campaign = self.store.campaigns.open(self.name)
        assert self.campaign.read_only is None
        self._taken_in()

    # What happens to it

    @precondition(lambda self: self.campaign)
    @rule()
    def kill(self) -> None:
        self.system.dead = True
        with suppress(SavesError):
            self._open().close()
        self.store.close()
        self.campaign = None
        self.begin_process()

    @precondition(lambda self: self.campaign)
    @rule(number=WHO, amount=st.integers(1, 3), path=PATHS, survives=st.integers(0, 12))
    def kill_in_a_turn(self, number: int, amount: int, path: str, survives: int) -> None:
        who, before = self._somebody(number), self.model["turns"]
        self.system.left = survives
        acknowledged = False
        with suppress(SavesError):
            with self._open().turn() as turn:
                self._play(turn, who, amount, path, "last words")
            acknowledged = True
            self._open().flush()
        self.kill()
        self.open()
        turns = self._open().data.total_turns
        assert turns in ((before + 1,) if acknowledged else (before, before + 1))
        if turns > before:
            self._played(who, amount, path, "last words")

    # Of different lengths: an edit of the same size within one tick of the clock is not seen.
    @rule(number=WHO, place=st.sampled_from(["mill", "the cave", "inn"]))
    def edit_by_hand(self, number: int, place: str) -> None:
        who = self._somebody(number)
        if self.campaign:
            self.campaign.flush()
        path = self.root / "saves" / self.name / "characters" / f"{who.replace(':', '.')}.json"
        if path.exists():
            edit(path, location=place)
            self.edits[who] = place

    @rule(number=WHO)
    def delete_a_document(self, number: int) -> None:
        folder = self.root / "saves" / self.name
        paths = sorted([*folder.glob("*.json"), *folder.glob("documents/**/*.json"), *folder.glob("chat_history/*")])
        if paths:
            paths[number % len(paths)].unlink()

    @rule()
    def delete_all_snapshots(self) -> None:
        shutil.rmtree(self.root / "saves" / self.name / "snapshots", ignore_errors=True)

    @precondition(lambda self: not self.campaign)
    @rule(count=st.integers(1, 3))
    def tear_the_end_of_the_log(self, count: int) -> None:
        with (self.root / "saves" / self.name / "log.jsonl").open("ab") as log:
            log.write(b'{"seq":9'[: count * 3])

    # What is always so

    @invariant()
    def they_agree(self) -> None:
        if self.model and self.campaign:
            self._agrees(self.campaign)

    @precondition(lambda self: not self.campaign)
    @rule()
    def look_without_playing(self) -> None:
        with self.store.campaigns.open(self.name, read_only=True) as campaign:
            edits = dict(self.edits)
            self.model["places"] |= edits
            self._agrees(campaign)

    def _agrees(self, campaign: Campaign) -> None:
        model, characters = self.model, campaign.characters
        assert {one: state.hit_points_current for one, state in characters.items()} == model["hit_points"]
        assert {one: state.experience for one, state in characters.items()} == model["experience"]
        assert {one: state.location for one, state in characters.items()} == model["places"]
        assert [message.text for message in campaign.messages] == model["messages"]
        assert campaign.data.total_turns == model["turns"]
        assert campaign.data.custom_data.get("deep", {}).get("texts", []) == model.get("deep", [])
        for path in ("map", "map/level1", "weather"):
            if path in model["documents"]:
                assert campaign.document(path)["texts"] == model["documents"][path]
            else:
                with suppress(NotFound):
                    raise AssertionError(campaign.document(path))


TestPlaying = pytest.mark.no_cover(Playing.TestCase)
TestPlaying.settings = settings(max_examples=50, stateful_step_count=30, derandomize=True, deadline=None)
