"""Encounters: rounds in a log of their own, one commit when they end, and what is left of them after a crash."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

import pytest

from gamesaves import Campaign, SaveStore
from gamesaves.disk import files, log
from gamesaves.disk.log import Event
from gamesaves.disk.state import Fault
from gamesaves.errors import Closed, Conflict, Damaged, FileProblem, InvalidName, InvalidValue, NoSpace, SavesError
from gamesaves.services.contracts import CampaignContract
from gamesaves.services.encounter import Encounter
from tests.integration.stores import KARA, Mortal, Quick, killed
from tests.unit.systems import Faulty

TITLE = "The Lost Kingdom"


@pytest.fixture
def campaign(store: SaveStore) -> Iterator[Campaign]:
    with store.campaigns.create(TITLE, characters=["kara_stormwind"]) as campaign:
        yield campaign


def points(campaign: Campaign) -> int:
    return campaign.characters[KARA].hit_points_current


def blow(fight: Encounter, damage: int) -> None:
    with fight.round(f"{damage} points") as turn:
        turn.character(KARA).take_damage(damage)


def lost(fight: Encounter) -> None:
    """Let a program fail within an encounter."""
    with fight:
        blow(fight, 3)
        fight.say("narrator", "Ouch")
        raise RuntimeError


def logs(campaign: Campaign) -> list[Path]:
    folder = campaign.folder / "encounters"
    return sorted(folder.iterdir()) if folder.exists() else []


def test_its_rounds_become_one_commit(campaign: Campaign) -> None:
    with campaign.encounter("Ambush") as fight:
        with fight.round("The goblin strikes") as turn:
            turn.character(KARA).take_damage(3)
            turn.record("blow", damage=3)
        with fight.round("And again") as turn:
            turn.character(KARA).take_damage(4)
            turn.document("map/level1")["door"] = "open"
        assert (points(fight.campaign), points(campaign), campaign.seq) == (19, 26, 1)
        assert [path.stem for path in logs(campaign)] == [fight.id]
    event = campaign.head
    assert (event.seq, event.kind, event.turn, event.note) == (2, "encounter", 1, "Ambush")
    assert event.data["encounter"]["id"] == fight.id
    assert [one["note"] for one in event.data["encounter"]["rounds"]] == ["The goblin strikes", "And again"]
    assert event.data["records"] == [{"kind": "blow", "data": {"damage": 3}}]
    assert event.changes.keys() == {f"characters/{KARA}", "documents/map/level1"}
    assert (points(campaign), campaign.document("map/level1")["door"]) == (19, "open")
    assert (logs(campaign), campaign.problems, campaign.encounters) == ([], [], [])


def test_it_can_be_used_like_a_turn(campaign: Campaign) -> None:
    with campaign.encounter("Ambush") as fight:
        fight.character("Kara Stormwind").take_damage(2)
        fight.document("map/level1")["door"] = "open"
        fight.record("noise")
        with fight.round("A blow") as turn:
            assert turn.character(KARA).hit_points_current == 24
        fight.say("narrator", "Silence.")
        fight.character(KARA).take_damage(1)
    assert points(campaign) == 23
    assert [message.text for message in campaign.messages] == ["Silence."]
    assert [one["note"] for one in campaign.head.data["encounter"]["rounds"]] == [None, "A blow", None]


def test_a_round_costs_no_flush_and_the_end_one(faulty: Faulty, root: Path) -> None:
    with SaveStore(root) as store, store.campaigns.create("One", characters=["kara_stormwind"]) as campaign:
        with campaign.turn() as turn:
            turn.character(KARA).take_damage(1)
        campaign.flush()
        with campaign.encounter("Ambush") as fight:
            faulty.calls.clear()
            for _ in range(10):
                with fight.round() as turn:
                    turn.character(KARA).take_damage(1)
            assert not [call for call, _ in faulty.calls if call.startswith("flush")]
            assert faulty.count("write") == 10
        assert faulty.count("flush_data") == 1


def test_an_exception_drops_it_whole(campaign: Campaign) -> None:
    with pytest.raises(RuntimeError):
        lost(campaign.encounter("Ambush"))
    assert (points(campaign), campaign.seq, logs(campaign), campaign.encounters) == (26, 1, [], [])
    with campaign.turn() as turn:
        turn.character(KARA).take_damage(1)
    assert campaign.seq == 2


def test_an_exception_in_a_round_that_is_caught_drops_the_round(campaign: Campaign) -> None:
    with campaign.encounter("Ambush") as fight:
        with pytest.raises(InvalidValue), fight.round() as turn:
            turn.character(KARA).take_damage(turn.character(KARA).take_damage(3) - 4)
        blow(fight, 1)
    assert points(campaign) == 25


def test_all_else_waits_for_its_end(campaign: Campaign) -> None:
    campaign.save_as("Before")
    seq = campaign.seq
    with campaign.encounter("Ambush") as fight:
        for attempt in (
            campaign.turn,
            campaign.quicksave,
            lambda: campaign.encounter("Another"),
            lambda: campaign.load("Before"),
            lambda: campaign.say("narrator", "Night falls."),
        ):
            with pytest.raises(InvalidValue, match="Ambush") as caught:
                attempt()
            assert caught.value.hint is not None
    assert campaign.seq == seq + 1
    assert fight.campaign.encounters == []


def test_what_belongs_to_the_campaign_is_refused_within_it(campaign: Campaign) -> None:
    campaign.save_as("Before")
    with campaign.encounter("Ambush") as fight:
        for attempt in (
            fight.campaign.quicksave,
            lambda: fight.campaign.save_as("Within"),
            lambda: fight.campaign.encounter("Another"),
            lambda: fight.campaign.load("Before"),
            fight.campaign.rollback,
        ):
            with pytest.raises(InvalidValue):
                attempt()
        fight.campaign.add_character("zombie")
        fight.campaign.say("npc:zombie", "Brains")
    assert "npc:zombie" in campaign.characters
    assert [event.kind for event in campaign.history()] == ["created", "slot", "encounter"]
    assert len(campaign.messages) == 1


def test_it_counts_as_one_turn(campaign: Campaign) -> None:
    campaign.autosave(turns=1)
    with campaign.encounter("Ambush") as fight:
        for _ in range(3):
            with fight.round() as turn:
                turn.character(KARA).take_damage(1)
    assert campaign.data.total_turns == 1
    assert campaign.characters[KARA].interaction_count == 1
    assert list(campaign.slots) == ["auto_1"]
    campaign.rollback()
    assert points(campaign) == 26


def test_in_a_session_it_counts_as_one_turn(campaign: Campaign) -> None:
    campaign.start_session()
    with campaign.encounter("Ambush") as fight:
        for _ in range(3):
            with fight.round() as turn:
                turn.character(KARA).take_damage(1)
    assert campaign.session is not None
    assert campaign.session.turn_count == 1
    assert campaign.head.session == campaign.session.session_id


def test_it_ends_once(campaign: Campaign) -> None:
    fight = campaign.encounter("Ambush")
    fight.character(KARA).take_damage(1)
    assert fight.end("Kara wins").note == "Kara wins"
    fight.drop()
    for attempt in (fight.end, fight.round, lambda: fight.character(KARA)):
        with pytest.raises(Closed):
            attempt()
    assert points(campaign) == 25


def test_it_does_not_end_while_a_round_is_open(campaign: Campaign) -> None:
    fight = campaign.encounter("Ambush")
    begun = fight.round("A blow")
    begun.character(KARA).take_damage(5)
    with pytest.raises(InvalidValue, match="a turn is open already") as caught:
        fight.end()
    assert caught.value.hint is not None
    assert campaign.current_encounter is fight
    begun.commit()
    assert [row["note"] for row in fight.end().data["encounter"]["rounds"]] == ["A blow"]
    assert points(campaign) == 21


def test_its_end_waits_for_a_round_of_another_thread(campaign: Campaign) -> None:
    fight = campaign.encounter("Ambush")
    begun = fight.round("A blow")
    begun.character(KARA).take_damage(5)
    with ThreadPoolExecutor() as pool:
        end = pool.submit(fight.end)
        assert not wait([end], timeout=0.1).done
        begun.commit()
        assert len(end.result(20).data["encounter"]["rounds"]) == 1
    assert points(campaign) == 21


def test_dropped_by_hand(campaign: Campaign) -> None:
    with campaign.encounter("Ambush") as fight:
        fight.character(KARA).take_damage(1)
        fight.drop()
    assert (campaign.seq, points(campaign), logs(campaign)) == (1, 26, [])


def test_a_name_that_cannot_be_seen_is_refused(campaign: Campaign) -> None:
    with pytest.raises(InvalidName):
        campaign.encounter(" ")


def test_an_edit_made_by_hand_meanwhile_is_merged(campaign: Campaign) -> None:
    file = campaign.folder / "characters" / "pc.kara_stormwind.json"
    with campaign.encounter("Ambush") as fight:
        fight.character(KARA).take_damage(1)
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace('"alignment": "', '"alignment": "very '), encoding="utf-8")
    assert [event.kind for event in campaign.history()] == ["created", "external_edit", "encounter"]
    assert (points(campaign), campaign.characters[KARA].alignment[:5]) == (25, "very ")


# When the disk fails


def test_a_round_that_has_no_room_has_not_happened(faulty: Faulty, root: Path) -> None:
    with SaveStore(root) as store, store.campaigns.create("One", characters=["kara_stormwind"]) as campaign:
        with campaign.encounter("Ambush") as fight:
            faulty.largest_write = 40
            faulty.fail("write", "encounters", 28, skip=2, times=1)
            with pytest.raises(NoSpace), fight.round() as turn:
                turn.character(KARA).take_damage(9)
            faulty.largest_write = None
            with fight.round() as turn:
                turn.character(KARA).take_damage(1)
        assert points(campaign) == 25


def test_what_could_not_be_cut_back_is_cut_before_the_next_round(faulty: Faulty, root: Path) -> None:
    with SaveStore(root) as store, store.campaigns.create("One", characters=["kara_stormwind"]) as campaign:
        with campaign.encounter("Ambush") as fight:
            faulty.largest_write = 40
            faulty.fail("write", "encounters", 28, skip=2, times=1)
            faulty.fail("truncate", "encounters", times=1)
            with pytest.raises(NoSpace), fight.round() as turn:
                turn.character(KARA).take_damage(9)
            faulty.largest_write = None
            with fight.round() as turn:
                turn.character(KARA).take_damage(1)
            assert logs(campaign)[0].read_bytes().count(b"\n") == 2
        assert points(campaign) == 25


def test_a_log_that_somebody_has_emptied_is_not_gone_on_with(campaign: Campaign) -> None:
    fight = campaign.encounter("Ambush")
    logs(campaign)[0].write_bytes(b"")
    with pytest.raises(Damaged):
        blow(fight, 1)
    fight.drop()


def test_an_end_that_has_no_room_leaves_it_over(faulty: Faulty, root: Path) -> None:
    with SaveStore(root) as store, store.campaigns.create("One", characters=["kara_stormwind"]) as campaign:
        faulty.fail("write", "log.jsonl", 28, times=2)
        fight = campaign.encounter("Ambush")
        blow(fight, 1)
        with pytest.raises(NoSpace):
            fight.end()
        with pytest.raises(InvalidValue, match="Ambush"):
            campaign.turn()
        with pytest.raises(NoSpace), fight:
            pass
        assert points(campaign) == 26
        assert [left.name for left in campaign.encounters] == ["Ambush"]
        campaign.encounters[0].merge()
        assert (points(campaign), campaign.encounters) == (25, [])


@pytest.mark.parametrize("rest", [None, b"", b"\0" * 50], ids=["all of it", "its name", "its size"])
def test_a_log_that_is_there_after_the_end_is_not_taken_for_one_left_open(
    root: Path, faulty: Faulty, rest: bytes | None
) -> None:
    with SaveStore(root) as store:
        with store.campaigns.create("One", characters=["kara_stormwind"]) as campaign:
            faulty.fail("unlink", "encounters", times=1)
            with campaign.encounter("Ambush") as fight:
                fight.character(KARA).take_damage(1)
            assert [problem.code for problem in campaign.problems] == ["io_error"]
            if rest is not None:
                logs(campaign)[0].write_bytes(rest)
            assert (campaign.encounters, len(logs(campaign))) == ([], 1)
        with store.campaigns.open("One", read_only=True) as campaign:
            assert (campaign.problems, len(logs(campaign))) == ([], 1)
        with store.campaigns.open("One") as campaign:
            assert (campaign.problems, logs(campaign), points(campaign)) == ([], [], 25)


# What a crash leaves


@pytest.fixture
def crashed(root: Path) -> Path:
    """A store in which a program has died within an encounter, behind its second round."""
    system = Mortal()
    with files.using(system):
        store = SaveStore(root)
        campaign = store.campaigns.create(TITLE, characters=["kara_stormwind"])
        fight = campaign.encounter("Ambush")
        for damage in (3, 4):
            with fight.round(f"{damage} points") as turn:
                turn.character(KARA).take_damage(damage)
                turn.say("narrator", "Ouch")
        campaign.flush()
        system.dead = True
        store.close()
    return root


@pytest.fixture
def again(crashed: Path) -> Iterator[Campaign]:
    with SaveStore(crashed) as store, store.campaigns.open(TITLE) as campaign:
        yield campaign


def test_one_left_open_is_reported_and_listed(again: Campaign) -> None:
    assert [(one.code, one.severity, one.path) for one in again.problems] == [
        ("encounter_left_open", "note", str(logs(again)[0]))
    ]
    (left,) = again.encounters
    assert (left.name, left.rounds, left.fault, left.path) == ("Ambush", 2, None, logs(again)[0])
    assert points(again) == 26


def test_one_left_open_is_reported_to_whoever_only_looks(crashed: Path) -> None:
    with SaveStore(crashed) as store:
        assert {problem.code for problem in store.check()} == {"encounter_left_open", "stale_lock"}


def test_resuming(again: Campaign) -> None:
    with again.encounters[0].resume() as fight:
        assert (points(fight.campaign), len(fight.campaign.messages)) == (19, 2)
        with pytest.raises(InvalidValue, match="Ambush"):
            again.turn()
        with fight.round("Once more") as turn:
            turn.character(KARA).take_damage(1)
    assert (points(again), len(again.messages), logs(again)) == (18, 2, [])
    rounds = again.head.data["encounter"]["rounds"]
    assert [one["note"] for one in rounds] == ["3 points", "4 points", "Once more"]


def test_resuming_twice_after_a_second_crash(again: Campaign) -> None:
    with again.turn() as turn:
        turn.document("map")["door"] = "open"
    fight = again.encounters[0].resume()
    with fight.round() as turn:
        assert turn.document("map")["door"] == "open"
        turn.character(KARA).take_damage(1)
    again.close()
    with SaveStore(again.folder.parent) as store, store.campaigns.open(TITLE) as third:
        assert third.encounters[0].rounds == 3
        with third.turn() as turn:
            turn.document("map")["door"] = "shut"
        with third.encounters[0].resume() as fight, fight.round() as turn:
            turn.character(KARA).take_damage(1)
        assert (points(third), third.document("map")["door"]) == (17, "shut")


def test_taking_over_what_happened(again: Campaign) -> None:
    with again.turn() as turn:
        turn.character(KARA).gain_experience(10)
        turn.document("map")["door"] = "open"
    event = again.encounters[0].merge()
    assert (event.kind, event.turn) == ("encounter", 2)
    assert (points(again), again.characters[KARA].experience, logs(again)) == (19, 10, [])
    assert again.characters[KARA].interaction_count == 2
    assert again.document("map")["door"] == "open"
    assert len(again.messages) == 2


def test_what_does_not_go_together_is_refused_and_kept(again: Campaign) -> None:
    with again.turn() as turn:
        turn.character(KARA).take_damage(20)
    seq = again.seq
    for attempt in (again.encounters[0].merge, again.encounters[0].resume):
        with pytest.raises(Conflict, match="hit_points_current"):
            attempt()
    assert (again.seq, len(logs(again))) == (seq, 1)
    again.rollback()
    again.encounters[0].merge()
    assert points(again) == 19


def test_dropping_one_left_open_sets_it_aside(again: Campaign) -> None:
    data = logs(again)[0].read_bytes()
    kept = again.encounters[0].drop()
    assert (kept.read_bytes(), again.encounters, points(again)) == (data, [], 26)


def test_another_encounter_can_begin_beside_one_left_open(again: Campaign) -> None:
    left = again.encounters[0]
    with again.encounter("Another") as fight:
        assert [one.name for one in again.encounters] == ["Ambush"]
        for attempt in (left.merge, left.resume, left.drop):
            with pytest.raises(InvalidValue, match="Another"):
                attempt()
        fight.say("narrator", "Silence.")
    left.merge()
    assert points(again) == 19


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_torn_log_gives_the_rounds_before(crashed: Path, cut: int) -> None:
    with SaveStore(crashed) as store:
        folder = store.campaigns.list()[0].path
        (file,) = (folder / "encounters").iterdir()
        file.write_bytes(file.read_bytes()[:-cut])
        with store.campaigns.open(TITLE) as campaign:
            whole = cut == 1  # nothing but the newline
            codes = ["encounter_left_open"] if whole else ["encounter_left_open", "encounter_damaged"]
            assert [problem.code for problem in campaign.problems] == codes
            assert campaign.encounters[0].rounds == (2 if whole else 1)
            with campaign.encounters[0].resume() as fight, fight.round() as turn:
                turn.character(KARA).take_damage(1)
            assert points(campaign) == (18 if whole else 22)
            assert len(list((crashed / ".saves").rglob("note.json"))) == (0 if whole else 1)


def test_taking_over_a_damaged_log_keeps_its_bytes(crashed: Path) -> None:
    with SaveStore(crashed) as store:
        folder = store.campaigns.list()[0].path
        (file,) = (folder / "encounters").iterdir()
        lines = file.read_bytes().splitlines(keepends=True)
        lines[1] = lines[1].replace(b"3 points", b"9 points")
        file.write_bytes(b"".join(lines))
        with store.campaigns.open(TITLE) as campaign:
            campaign.encounters[0].merge()
            assert (points(campaign), logs(campaign)) == (26, [])
        (kept,) = (crashed / ".saves").rglob(file.name)
        assert kept.read_bytes() == b"".join(lines)


@pytest.mark.parametrize("data", [b"", b"\0" * 50, b"{}\n", b"\xff\n\n"])
def test_a_log_of_which_nothing_is_left_can_be_dropped(crashed: Path, data: bytes) -> None:
    with SaveStore(crashed) as store:
        folder = store.campaigns.list()[0].path
        (file,) = (folder / "encounters").iterdir()
        file.write_bytes(data)
        with store.campaigns.open(TITLE) as campaign:
            (left,) = campaign.encounters
            assert (left.name, left.rounds, left.began) == (file.stem, 0, None)
            for attempt in (left.merge, left.resume):
                with pytest.raises(Damaged):
                    attempt()
            left.drop()
            assert logs(campaign) == []


def test_one_of_another_copy_is_refused(crashed: Path) -> None:
    with SaveStore(crashed) as store:
        (file,) = (store.campaigns.list()[0].path / "encounters").iterdir()
        with store.campaigns.create("Another") as other:
            (other.folder / "encounters").mkdir()
            (other.folder / "encounters" / file.name).write_bytes(file.read_bytes())
            with pytest.raises(Conflict, match="does not have"):
                other.encounters[0].merge()


# Whatever the disk does, and whenever the process dies


def story(store: SaveStore) -> None:
    """Fight, save and load, in one opening."""
    with store.campaigns.open(TITLE) as campaign:
        with campaign.encounter("Ambush") as fight:
            blow(fight, 3)
            blow(fight, 4)
        campaign.save_as("After the fight")
        campaign.quicksave()
        with campaign.turn() as turn:
            turn.character(KARA).take_damage(1)
        campaign.load("After the fight")


STORY = ["created", "encounter", "slot", "slot", "turn", "restore"]
POINTS = {"created": 26, "turn": 18}


def sound(store: SaveStore) -> int:
    """Check that a campaign is as some event of the story left it; return how far it came."""
    with store.campaigns.open(TITLE) as campaign:
        kinds = [event.kind for event in campaign.history()]
        assert kinds == STORY[: len(kinds)]
        assert points(campaign) == POINTS.get(kinds[-1], 19)
        assert len(campaign.slots) == kinds.count("slot")
        for left in campaign.encounters:
            assert kinds == ["created"]
            if left.rounds:
                left.merge()
                assert points(campaign) in (23, 19)
            else:
                left.drop()
        assert (campaign.encounters, logs(campaign)) == ([], [])
        with campaign.turn() as turn:
            turn.character(KARA).heal(1)
        return len(kinds)


def test_killed_at_any_operation_it_is_as_before_or_as_after(tmp_path: Path) -> None:
    reached: set[int] = set()
    # How many operations there are between two events depends on how far the writer thread has got by then.
    for attempt in range(5):
        reached |= reached_by_kills(tmp_path / str(attempt))
        if reached == set(range(1, len(STORY) + 1)):
            return
    pytest.fail(f"of the story's events only these were the last ever: {reached}")


def reached_by_kills(folder: Path) -> set[int]:
    """Play the story until a kill, at one operation after the other; return how far it came each time."""
    reached = set()
    for step in range(1000):
        root = folder / str(step)
        with files.using(Quick()):
            SaveStore(root).campaigns.create(TITLE, characters=["kara_stormwind"]).close()
        died = killed(root, step, story)
        with files.using(Quick()), SaveStore(root) as again:
            reached.add(sound(again))
        if not died:
            break
    return reached


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "call", ["open", "write", "replace", "unlink", "mkdir", "stat", "flush_data", "entries", "truncate"]
)
def test_whichever_operation_fails_it_is_as_before_or_as_after(tmp_path: Path, call: str) -> None:
    for step in range(1000):
        system = Quick()
        root = tmp_path / str(step)
        with files.using(system):
            SaveStore(root).campaigns.create(TITLE, characters=["kara_stormwind"]).close()
            store = SaveStore(root)
            before = system.count(call)
            system.fail(call, skip=step, times=1)
            with contextlib.suppress(SavesError):
                story(store)
            with contextlib.suppress(SavesError):
                store.close()
            done = system.count(call) - before
            system.mend()
            with SaveStore(root) as again:
                sound(again)
        if done < step:
            break


# Logs that somebody has meddled with


def forged(log_file: Path, *events: Event) -> None:
    """Write a log whose lines are whole, each by itself."""
    log_file.write_bytes(b"".join(log.encode_event(event)[0] for event in events))


def lines_of(log_file: Path) -> list[Event]:
    return [line.event for line in log.read_lines(log_file) if line.event is not None]


def test_lines_that_do_not_follow_are_not_used(again: Campaign) -> None:
    (file,) = logs(again)
    begun, first, second = lines_of(file)
    for events, rounds in (
        ([begun, second], 0),
        ([begun, first, replace(second, seq=99)], 1),
        ([begun, first, replace(second, kind="resumed")], 1),
        ([replace(begun, data={"base": "nonsense"})], 0),
        ([first, second], 0),
    ):
        forged(file, *events)
        (left,) = again.encounters
        assert left.rounds == rounds
        assert left.fault is not None


def test_changes_that_do_not_fit_are_refused(again: Campaign) -> None:
    (file,) = logs(again)
    begun, first, _ = lines_of(file)
    nowhere = {"documents/nowhere": [{"op": "remove", "path": "/door"}]}
    forged(file, begun, replace(first, changes=nowhere))
    with pytest.raises(Damaged, match="replayed"):
        again.encounters[0].merge()


def test_what_makes_no_document_of_both_is_refused(again: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    with again.turn() as turn:
        turn.character(KARA).gain_experience(1)
    monkeypatch.setattr(CampaignContract, "faults", lambda *_: [Fault((), "it does not fit")])
    with pytest.raises(Conflict, match=KARA):
        again.encounters[0].merge()


def test_a_log_that_cannot_be_read_now_is_reported(crashed: Path, faulty: Faulty) -> None:
    faulty.fail("read", "encounters")
    with SaveStore(crashed) as store, store.campaigns.open(TITLE) as campaign:
        assert [problem.code for problem in campaign.problems] == ["encounter_left_open", "encounter_damaged"]
        faulty.mend()
        assert campaign.encounters[0].rounds == 2


def test_a_folder_that_cannot_be_listed_does_not_keep_a_campaign_closed(crashed: Path, faulty: Faulty) -> None:
    faulty.fail("entries", "encounters", times=2)
    with SaveStore(crashed) as store, store.campaigns.open(TITLE) as campaign:
        assert "io_error" in [problem.code for problem in campaign.problems]


def test_one_that_cannot_begin_does_not_keep_the_campaign_from_going_on(
    store: SaveStore, root: Path, faulty: Faulty
) -> None:
    player = store.players.create("Alex").player_id
    with store.campaigns.create(TITLE, characters=["kara_stormwind"], player=player) as campaign:
        faulty.fail("stat", str(root / "players"))
        with pytest.raises(FileProblem):
            campaign.encounter("Ambush")
        (left,) = campaign.encounters
        with pytest.raises(FileProblem):
            left.resume()
        faulty.mend()
        assert faulty.count("open", str(left.path)) == faulty.count("close", str(left.path))
        with left.resume() as fight:
            blow(fight, 3)
        assert points(campaign) == 23


def test_another_copy_is_not_merged_within_an_encounter(campaign: Campaign) -> None:
    with campaign.encounter("Ambush") as fight:
        with pytest.raises(InvalidValue):
            fight.campaign._ledger.adopt([])
        with pytest.raises(InvalidValue):
            fight.campaign._ledger.write_snapshot()


def test_a_store_that_is_closed_within_one_leaves_it_open(root: Path) -> None:
    store = SaveStore(root)
    campaign = store.campaigns.create(TITLE, characters=["kara_stormwind"])
    with campaign.encounter("Ambush") as fight:
        blow(fight, 3)
        store.close()
        with pytest.raises(Closed):
            blow(fight, 3)
    with SaveStore(root) as again, again.campaigns.open(TITLE) as reopened:
        assert [left.rounds for left in reopened.encounters] == [1]
