"""Copies of one campaign on several machines: compared, joined, and none of what was played is lost."""

import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamesaves import Campaign, SaveStore
from gamesaves.errors import Ambiguous, BadBundle, Damaged, InvalidValue, NotFound, Unmerged
from tests.integration.stores import KARA, Clock, bytes_in, codes

THERON = "pc:theron_gearwright"
pytestmark = pytest.mark.usefixtures("quick")


@dataclass
class Machine:
    """A machine with a store of its own, which has a copy of the campaign or none yet."""

    root: Path
    name: str
    number: int = 0

    def begin(self) -> None:
        with (
            SaveStore(self.root, clock=Clock()) as store,
            store.campaigns.create("Trip", characters=["kara_stormwind", "theron_gearwright"]) as campaign,
        ):
            self.turn(campaign)

    @property
    def folder(self) -> Path:
        return next(self.root.glob("campaign_trip_*"))

    def turn(self, campaign: Campaign) -> None:
        self.number += 1
        said = f"{self.name}{self.number}"
        with campaign.turn(said) as turn:
            turn.character(KARA).gain_experience(1)
            turn.document(f"notes/{self.name}")["n"] = self.number
            turn.say("narrator", said)

    def play(self, turns: int = 1) -> None:
        with SaveStore(self.root, clock=Clock()) as store, store.campaigns.open("Trip") as campaign:
            for _ in range(turns):
                self.turn(campaign)

    def rollback(self) -> None:
        with SaveStore(self.root, clock=Clock()) as store, store.campaigns.open("Trip") as campaign:
            try:
                campaign.rollback()
            except InvalidValue:
                joined = next(event for event in campaign.in_force() if event.parents)
                campaign.restore(joined.parents[0])

    def take(self, other: "Machine") -> None:
        """Put the other machine's copy in the place of one's own, in a file manager."""
        for old in self.root.glob("campaign_trip_*"):
            shutil.rmtree(old)
        shutil.copytree(other.folder, self.root / other.folder.name)

    def merge(self, other: "Machine", **more: Any) -> str:
        with SaveStore(self.root, clock=Clock()) as store, store.campaigns.open("Trip") as campaign:
            return campaign.merge(other.folder, **more).kind

    def kind(self, other: "Machine") -> str:
        with SaveStore(self.root) as store, store.campaigns.open("Trip", read_only=True) as campaign:
            return campaign.compare(other.folder).kind

    def look(self) -> tuple[str, int, list[str], dict[str, Any], int]:
        """Return all that must be the same on two machines with the same history."""
        with SaveStore(self.root) as store, store.campaigns.open("Trip", read_only=True) as campaign:
            assert [one for one in campaign.problems if one.severity == "error"] == []
            chat = [one.text for one in campaign.messages]
            state = campaign.state_at(campaign.head)
            return campaign.head.hash, campaign.characters[KARA].experience, chat, state, campaign.data.total_turns


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[list[Machine]]:
    machines = [Machine(tmp_path / name / "saves", name) for name in "abc"]
    machines[0].begin()
    for one in machines[1:]:
        one.root.mkdir(parents=True)
        one.take(machines[0])
    return iter([machines])


@pytest.fixture
def three(machines: Iterator[list[Machine]]) -> list[Machine]:
    return next(machines)


def test_whoever_is_behind_goes_forward(three: list[Machine]) -> None:
    a, b, _ = three
    assert a.kind(b) == "identical"
    assert a.merge(b) == "identical"
    a.play(3)
    assert (a.kind(b), b.kind(a)) == ("ahead", "behind")
    assert a.merge(b) == "ahead"
    assert b.merge(a) == "behind"
    assert a.look() == b.look()
    assert bytes_in(a.folder)["log.jsonl"] == bytes_in(b.folder)["log.jsonl"]


def test_two_who_both_played_join_in_one_event_whoever_begins(three: list[Machine], tmp_path: Path) -> None:
    a, b, _ = three
    a.play(3)
    b.play(2)
    was = Machine(tmp_path / "was", "was")
    was.root.mkdir()
    was.take(a)
    assert a.merge(b) == "diverged"
    assert b.merge(was) == "diverged"
    assert a.look() == b.look()
    head, experience, chat, _, turns = a.look()
    assert (experience, turns, len(chat)) == (6, 6, 6)
    assert sorted(chat) == sorted(["a1", "a2", "a3", "a4", "b1", "b2"])
    assert a.kind(b) == "identical"
    b.play()
    assert a.merge(b) == "behind"
    assert a.look() == b.look()
    assert a.look()[0] != head


@pytest.mark.parametrize("as_folder", [False, True])
def test_a_bundle_stands_for_the_copy_it_was_made_from(three: list[Machine], tmp_path: Path, as_folder: bool) -> None:
    a, b, c = three
    for one in three:
        one.play(1)
    b.merge(c)
    b.play(2)
    a.play(3)
    a.merge(c)
    with SaveStore(b.root) as store:
        bundle = store.export("Trip", tmp_path / "bundle", folder=as_folder).path
    files = bytes_in(tmp_path, besides=("a",))
    before = bytes_in(a.root)
    with SaveStore(a.root, clock=Clock()) as store, store.campaigns.open("Trip", read_only=True) as campaign:
        assert campaign.compare(bundle) == campaign.compare(b.folder)
        assert campaign.compare(bundle).kind == "diverged"
    assert bytes_in(a.root) == before
    other = Machine(tmp_path / "other", "other")
    shutil.copytree(a.root, other.root)
    other.merge(b)
    with SaveStore(a.root, clock=Clock()) as store, store.campaigns.open("Trip") as campaign:
        campaign.merge(bundle)
        assert list((a.root / ".saves").glob("*/staging/*")) == []
    assert a.look() == other.look()
    assert a.kind(b) == "ahead"
    assert bytes_in(tmp_path, besides=("a", "other")) == files


def test_a_bundle_that_import_refuses_is_not_joined(three: list[Machine], tmp_path: Path) -> None:
    a, b, _ = three
    b.play(2)
    with SaveStore(b.root) as store:
        folder = store.export("Trip", tmp_path / "bundle", folder=True).path
        bundle = store.export("Trip", tmp_path / "bundle.zip").path
    log = folder / b.folder.name / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"b1", b"b9"))
    bundle.write_bytes(bundle.read_bytes()[:-40])
    (tmp_path / "no.zip").write_bytes(b"{}")
    look = a.look()
    for source, error in ((folder, BadBundle), (bundle, BadBundle), (tmp_path / "no.zip", BadBundle)):
        with SaveStore(a.root) as store, store.campaigns.open("Trip") as campaign:
            with pytest.raises(error):
                campaign.compare(source)
            with pytest.raises(error):
                campaign.merge(source)
    assert a.look() == look


def test_what_was_joined_and_copied_back_goes_forward_there(three: list[Machine]) -> None:
    a, b, _ = three
    a.play(2)
    b.play(2)
    a.merge(b)
    assert b.merge(a) == "behind"
    assert a.look() == b.look()


def test_joining_is_taken_back_like_anything_else(three: list[Machine]) -> None:
    a, b, _ = three
    a.play(2)
    before = a.look()
    b.play(1)
    a.merge(b)
    with SaveStore(a.root, clock=Clock()) as store, store.campaigns.open("Trip") as campaign:
        merge = campaign.head
        campaign.restore(before[0])
        assert [one.text for one in campaign.messages] == before[2]
        assert campaign.state_at(campaign.head) == before[3]
        theirs = campaign.known_events()
        (other,) = (one for one in theirs if one.note == "b1")
        campaign.restore(other)
        assert [one.text for one in campaign.messages] == ["a1", "b1"]
        campaign.restore(merge)
        assert campaign.characters[KARA].experience == 4


def conflicting(three: list[Machine]) -> tuple[Machine, Machine]:
    a, b, _ = three
    for machine, place in ((a, "the inn"), (b, "the mine")):
        with (
            SaveStore(machine.root, clock=Clock()) as store,
            store.campaigns.open("Trip") as campaign,
            campaign.turn(place) as turn,
        ):
            turn.character(THERON).location = place
            turn.document("map")["at"] = place
    return a, b


def place_of(machine: Machine) -> tuple[Any, Any]:
    state = machine.look()[3]
    return state[f"characters/{THERON}"]["location"], state["documents/map"]["at"]


def test_what_both_changed_is_settled_or_nothing_is_done(three: list[Machine]) -> None:
    a, b = conflicting(three)
    before = bytes_in(a.root, besides=())
    with pytest.raises(Unmerged) as caught:
        a.merge(b)
    assert caught.value.places == [f"characters/{THERON}/location", "documents/map/at"]
    assert caught.value.exit_code == 4
    assert {name: data for name, data in bytes_in(a.root).items() if not name.endswith("campaign_data.json")} == {
        name: data
        for name, data in before.items()
        if not name.startswith(".saves") and not name.endswith("campaign_data.json")
    }


@pytest.mark.parametrize("side", ["ours", "theirs"])
@pytest.mark.parametrize("begins", [0, 1])
def test_one_side_stands_where_it_is_said(three: list[Machine], side: str, begins: int) -> None:
    machines = conflicting(three)
    here, there = machines[begins], machines[1 - begins]
    wanted = place_of(here if side == "ours" else there)
    here.merge(there, prefer=side)
    assert place_of(here) == wanted
    assert there.merge(here) == "behind"
    assert place_of(there) == wanted


def test_each_place_is_settled_by_itself(three: list[Machine]) -> None:
    a, b = conflicting(three)
    asked = []

    def choose(document: str, conflict: Any) -> str:
        asked.append((document, conflict.path, conflict.ours, conflict.theirs))
        return "theirs" if document.startswith("characters") else "ours"

    a.merge(b, prefer=choose)
    assert asked[0] == (f"characters/{THERON}", ("location",), "the inn", "the mine")
    assert place_of(a) == ("the mine", "the inn")


def test_another_campaign_is_no_copy(three: list[Machine], store: SaveStore) -> None:
    a, _, _ = three
    with store.campaigns.create("Trip") as other:
        other.say("narrator", "x")
    with SaveStore(a.root) as mine, mine.campaigns.open("Trip") as campaign:
        assert campaign.compare(other.folder).kind == "unrelated"
        with pytest.raises(InvalidValue, match="another campaign"):
            campaign.merge(other.folder)
        for nothing in (a.root / "nothing", a.root / "character_profiles"):
            with pytest.raises((NotFound, Damaged)):
                campaign.compare(nothing)


def test_the_log_of_a_conflict_copy_is_enough(three: list[Machine]) -> None:
    a, b, _ = three
    a.play(1)
    b.play(2)
    conflict_copy = a.folder / "log.sync-conflict-20261121-120000-ABCDEFG.jsonl"
    shutil.copy(b.folder / "log.jsonl", conflict_copy)
    with SaveStore(a.root, clock=Clock()) as store, store.campaigns.open("Trip") as campaign:
        assert campaign.merge(conflict_copy).kind == "diverged"
        assert sorted(one.text for one in campaign.messages) == ["a1", "a2", "b1", "b2"]


def test_an_older_copy_gets_back_what_was_seen_here(three: list[Machine]) -> None:
    a, b, _ = three
    a.play(3)
    with SaveStore(a.root) as store, store.campaigns.open("Trip"):
        pass
    newest = a.look()
    a.take(b)
    with SaveStore(a.root, clock=Clock()) as store, store.campaigns.open("Trip") as campaign:
        (problem,) = (one for one in campaign.problems if one.code == "older_copy")
        seen = next((a.root / ".saves").glob("*/heads/campaign_trip_*.jsonl"))
        assert problem.hint is not None
        assert str(seen) in problem.hint
        assert campaign.merge(seen).kind == "behind"
    assert a.look() == newest


def test_an_older_copy_that_was_played_is_told_of_until_it_gets_back_what_was_seen_here(three: list[Machine]) -> None:
    a, b, _ = three
    a.play(3)
    hints: list[list[str | None]] = []
    for turns in (0, 2, 1):
        if len(hints) == 1:
            a.take(b)
        a.play(turns)
        with SaveStore(a.root, clock=Clock()) as store, store.campaigns.open("Trip", read_only=True) as campaign:
            hints.append([one.hint for one in campaign.problems if one.code == "older_copy"])
    assert hints[0] == []
    assert hints[1] == hints[2]
    (words,) = (shlex.split(str(hint).splitlines()[0]) for hint in hints[1])
    with SaveStore(a.root, clock=Clock()) as store, store.campaigns.open("Trip") as campaign:
        assert campaign.merge(words[-1], prefer="ours").kind == "diverged"
    with SaveStore(a.root) as store:
        assert "older_copy" not in codes(store.check())


def test_turns_are_taken_back_up_to_where_two_copies_were_joined_and_no_further(three: list[Machine]) -> None:
    a, b, _ = three
    a.play(1)
    b.play(2)
    a.merge(b)
    with SaveStore(a.root, clock=Clock()) as store, store.campaigns.open("Trip") as campaign:
        joined = campaign.head
        assert [event.kind for event in campaign.in_force()] == ["merge", *["turn"] * 4, "created"]
        assert {event.note for event in campaign.in_force()} >= {"a1", "a2", "b1", "b2"}
        for turns in (1, 9):
            with pytest.raises(InvalidValue, match="no turn has been played since") as caught:
                campaign.rollback(turns=turns)
            assert campaign.head == joined
        a.turn(campaign)
        a.turn(campaign)
        with pytest.raises(InvalidValue, match="only 2 turns have been played since"):
            campaign.rollback(turns=3)
        campaign.rollback(turns=2)
        assert campaign.state_at(campaign.head) == campaign.state_at(joined)
        with pytest.raises(InvalidValue):
            campaign.rollback()
        hint = str(caught.value.hint)
        assert f"saves history restore {campaign.id}" in hint
        assert f"saves history log --graph {campaign.id}" in hint
        for parent in joined.parents:
            assert parent[:8] in hint
            campaign.restore(parent[:8])
            campaign.rollback()


def test_what_two_machines_have_settled_differently_is_settled_again(three: list[Machine]) -> None:
    a, b, c = three
    for one, hp in ((a, 20), (b, 10)):
        with (
            SaveStore(one.root, clock=Clock()) as store,
            store.campaigns.open("Trip") as campaign,
            campaign.turn() as turn,
        ):
            turn.character(KARA).hit_points_current = hp
            turn.character(KARA).gain_experience(1)
    c.take(b)
    assert (c.merge(a, prefer="ours"), a.merge(b, prefer="ours")) == ("diverged", "diverged")
    for one, other in ((a, c), (c, a)):
        with pytest.raises(Unmerged) as open_yet:
            one.merge(other)
        assert open_yet.value.places == [f"characters/{KARA}/hit_points_current"]
    a.merge(c, prefer="theirs")
    c.merge(a)
    assert a.look() == c.look()
    with SaveStore(a.root) as store, store.campaigns.open("Trip", read_only=True) as campaign:
        kara = campaign.characters[KARA]
        assert (kara.hit_points_current, kara.experience, campaign.data.total_turns) == (10, 3, 3)


def sat(machine: Machine, *, ending: bool = False) -> None:
    """Play in a session, which is begun where none goes on, by the clock of the day."""
    with SaveStore(machine.root) as store, store.campaigns.open("Trip") as campaign:
        if campaign.session is None:
            campaign.start_session(f"At {machine.name}", characters=[KARA], device=machine.name)
        with campaign.turn(machine.name) as turn:
            turn.remember(KARA, f"{machine.name} was here")
        if ending:
            campaign.end_session()


def sittings(machine: Machine) -> list[tuple[str | None, str, int]]:
    with SaveStore(machine.root) as store, store.campaigns.open("Trip", read_only=True) as campaign:
        assert campaign.data.total_sessions == len(campaign.sessions)
        assert all(key == one.session_id for key, one in campaign.sessions.items())
        for memory in campaign.characters[KARA].memories:
            assert memory.session_id is not None
            # The third machine has gone on with the session that it got from the second.
            assert campaign.sessions[memory.session_id].device == memory.text[0].replace("c", "b")
        return sorted((one.device, one.status, one.turn_count) for one in campaign.sessions.values())


def test_sittings_begun_on_two_machines_stay_two_however_often_they_are_joined(three: list[Machine]) -> None:
    a, b, c = three
    sat(a)
    sat(b)
    c.take(b)
    assert a.merge(b) == "diverged"
    assert sittings(a) == [("a", "paused", 1), ("b", "active", 1)]
    sat(b, ending=True)
    assert a.merge(b) == "diverged"
    assert sittings(a) == [("a", "paused", 1), ("b", "ended", 2)]
    assert b.merge(a) == "behind"
    assert b.look() == a.look()
    sat(c)
    assert (c.merge(a), a.merge(c)) == ("diverged", "behind")
    assert sittings(c) == sittings(a) == [("a", "paused", 1), ("b", "ended", 3)]
    assert c.look() == a.look()


def test_of_runs_begun_on_two_machines_one_goes_on(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    with SaveStore(here, clock=Clock()) as store:
        player = store.players.create("Alex").player_id
        store.campaigns.create("Trip", characters=["kara_stormwind"], player=player).close()
    shutil.copytree(here, there)
    for root in (here, there):
        with SaveStore(root) as store, store.campaigns.open("Trip") as campaign, campaign.turn() as turn:
            turn.character(KARA).gain_experience(1)
    with SaveStore(here) as store, store.campaigns.open("Trip") as campaign:
        campaign.merge(next(there.glob("campaign_*")))
        runs = sorted(campaign.runs.values(), key=lambda run: run.started_at)
        assert [run.state for run in runs] == ["paused", "active"]
        assert campaign.complete_run("death").run_id == runs[1].run_id


STEPS = st.lists(
    st.tuples(st.sampled_from(["play", "play", "merge", "merge", "back"]), *[st.integers(0, 2)] * 2), max_size=14
)


@pytest.mark.no_cover
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_however_three_machines_play_and_join_they_end_the_same(tmp_path_factory: Any, steps: list[Any]) -> None:
    place = tmp_path_factory.mktemp("machines")
    three = [Machine(place / name / "saves", name) for name in "abc"]
    three[0].begin()
    for one in three[1:]:
        one.root.mkdir(parents=True)
        one.take(three[0])
    rolled_back = False
    for what, number, other in steps:
        machine = three[number]
        if what == "play":
            machine.play()
        elif what == "merge":
            machine.merge(three[other], prefer="ours")
        elif machine.look()[4] > 1:
            rolled_back = True
            machine.rollback()
    for one in (*three[1:], three[1]):
        three[0].merge(one, prefer="ours")
    for one in three[1:]:
        assert one.merge(three[0]) in ("behind", "identical")
        assert one.look() == three[0].look()
    if not rolled_back:
        _, _, chat, _, turns = three[0].look()
        played = [f"{one.name}{number}" for one in three for number in range(1, one.number + 1)]
        assert sorted(chat) == sorted(played)
        assert turns == len(played)


def test_second_copies_are_found_and_told_apart(three: list[Machine]) -> None:
    a, b, _ = three
    b.play(1)
    folder = a.folder
    shutil.copy(b.folder / "log.jsonl", folder / "log (1).jsonl")
    shutil.copy(folder / "campaign_data.json", folder / "campaign_data - Copy.json")
    shutil.copytree(folder, a.root / f"{folder.name} - Copy")
    with SaveStore(a.root) as store:
        found = {(one.code, Path(one.path).name): one for one in store.check()}
    assert {code for code, _ in found} == {"conflict_copy", "duplicate_campaign"}
    log = found["conflict_copy", "log (1).jsonl"]
    assert log.hint is not None
    assert "saves campaign merge" in log.hint
    assert ("conflict_copy", "campaign_data - Copy.json") in found
    twin = found["duplicate_campaign", f"{folder.name} - Copy"]
    assert "the two are the same" in twin.message


def test_two_saves_that_have_one_name_after_a_merge_are_told_apart(root: Path) -> None:
    with SaveStore(root / "here") as store, store.campaigns.create("Boss", characters=["kara_stormwind"]) as campaign:
        campaign.flush()
        other = shutil.copytree(campaign.folder, root / "away" / campaign.folder.name)
        with SaveStore(other.parent) as away, away.campaigns.open(campaign.id) as there:
            there.save_as("Before the boss")
        with campaign.turn() as turn:
            turn.character(KARA).take_damage(1)
        campaign.save_as("Before the boss")
        campaign.merge(other)
        both = list(campaign.slots)
        assert [slot.name for slot in campaign.slots.values()] == ["Before the boss"] * 2
        for asked in (campaign.load, campaign.delete_slot):
            with pytest.raises(Ambiguous) as ambiguous:
                asked("Before the boss")
            assert sorted(ambiguous.value.matches) == sorted(both)
        assert [campaign.load(one) for one in both] == [campaign.slots[one] for one in both]


def test_a_session_knows_what_the_other_copy_said_whichever_message_comes_last(root: Path) -> None:
    last = set()
    for number in range(24):
        with SaveStore(root / str(number)) as store, store.campaigns.create("Talk") as campaign:
            campaign.start_session()
            campaign.say("narrator", "before")
            campaign.flush()
            other = shutil.copytree(campaign.folder, root / f"{number} away" / campaign.folder.name)
            with SaveStore(other.parent) as away, away.campaigns.open(campaign.id) as there:
                there.say("narrator", "there")
            campaign.say("narrator", "here")
            assert campaign.session is not None
            campaign.merge(other)
            said = [one.text for one in campaign.messages]
            assert sorted(said) == ["before", "here", "there"]
            assert [one.text for one in campaign.session.conversation_context.recent_messages] == said
            last.add(said[-1])
        if len(last) == 2:
            # Which comes first is up to the hashes.
            return
    raise AssertionError("the same message came last each time")
