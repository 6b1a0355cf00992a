"""What campaigns have copied from profiles, refreshed where the profile has moved on."""

import json
from pathlib import Path
from typing import Any

import pytest

from gamesaves import Campaign, Event, SaveStore
from gamesaves.disk import files
from gamesaves.errors import InvalidValue
from tests.integration.stores import (
    KARA,
    Sealed,
    bytes_in,
    child,
    codes,
    document_of,
    edit,
    profile_of,
    read,
    tree_hash,
)

KARAS_FILE = "characters/pc.kara_stormwind"
ZOMBIE = "npc:zombie"


@pytest.fixture
def closed(store: SaveStore) -> Campaign:
    """A closed campaign with two characters and a turn."""
    with store.campaigns.create("Copies", characters=["kara_stormwind", "zombie"]) as campaign:
        hurt(campaign)
    return campaign


def hurt(campaign: Campaign, amount: int = 1) -> None:
    with campaign.turn("Ouch") as turn:
        turn.character(KARA).take_damage(amount)


def syncs(campaign: Campaign) -> list[Event]:
    return [event for event in campaign.history() if event.kind == "sync"]


def fields_of(event: Event, character_id: str = KARA) -> dict[str, Any]:
    """Return what an event changes of a character."""
    return {one["path"][1:]: one.get("value") for one in event.changes[f"characters/{character_id}"]}


# Open campaigns


def test_an_open_campaign_has_it_with_the_next_turn_in_an_event_of_its_own(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        before = campaign.characters[KARA]
        kara = store.profiles.update(KARA, attire="silver plate", build=None)
        assert campaign.characters[KARA].attire == before.attire, "not in the middle of what the game is at"
        with campaign.turn() as turn:
            assert turn.character(KARA).attire == "silver plate"
            turn.character(KARA).take_damage(2)
        (event,) = syncs(campaign)
        assert fields_of(event) == {
            "profile_revision": kara.revision,
            "profile_state": kara.state,
            "build": None,
            "attire": "silver plate",
        }
        assert event.note == "As the profile says: Kara Stormwind"
        assert (event.turn, campaign.data.total_turns) == (1, 2), "it is no turn"
        now = campaign.characters[KARA]
        assert (now.attire, now.hit_points_current, now.interaction_count) == ("silver plate", 23, 2)
        hurt(campaign)
        assert len(syncs(campaign)) == 1
        assert campaign.problems == []
    assert read(document_of(closed, KARAS_FILE))["attire"] == "silver plate"


def test_nothing_is_looked_up_as_long_as_nobody_has_noticed_anything(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        edit(profile_of(store, KARA), attire="rags")
        hurt(campaign)
        assert syncs(campaign) == []
        store.profiles.noticed(KARA)
        store.profiles.noticed("pc:nobody")
        hurt(campaign)
        assert fields_of(syncs(campaign)[0]) == {"attire": "rags"}


def test_only_those_whose_profile_has_changed_are_refreshed(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        campaign.add_character("zombie")
        store.profiles.update(ZOMBIE, pose="slumped")
        with campaign.turn() as turn:
            turn.remember(KARA, "It moved")
        (event,) = syncs(campaign)
        assert list(event.changes) == [f"characters/{ZOMBIE}", f"characters/{ZOMBIE}_2"]
        assert campaign.characters["npc:zombie_2"].pose == "slumped"


def test_the_games_own_fields_stay(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        with campaign.turn() as turn:
            turn.character(KARA).level_up()
            turn.character(KARA).strength = 3
        own = campaign.characters[KARA].model_dump()
        starting = {"strength": 18, "inventory": {}, "hit_points_max": 99}
        store.profiles.update(KARA, base_level=9, starting=starting, character_type="npc", race="elf")
        campaign.say("narrator", "A while later")
        assert campaign.characters[KARA].model_dump() == own | {
            "race": "elf",
            "profile_revision": own["profile_revision"] + 1,
            "profile_state": store.profiles.get(KARA).state,
        }


def test_a_portrait_is_in_no_history(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        store.profiles.portrait(KARA)
        store.profiles.update(KARA, base_level=4)
        hurt(campaign)
        assert syncs(campaign) == []


def test_copies_are_known_however_often_something_else_of_a_profile_changes(store: SaveStore, closed: Campaign) -> None:
    for number in range(30):
        store.profiles.update(KARA, portrait_url=f"/{number}")
        with store.campaigns.open(closed.id) as campaign:
            if number % 7 == 0:
                hurt(campaign)
    store.profiles.update(KARA, attire="rags")
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.characters[KARA].attire == "rags"
        assert len(syncs(campaign)) == 4
        assert campaign.problems == []


def test_what_is_noticed_during_a_turn_waits_for_the_next(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        with campaign.turn() as turn:
            store.profiles.update(KARA, attire="rags")
            turn.character(KARA).take_damage(1)
            with pytest.raises(InvalidValue):
                campaign.refresh_copies()
        assert syncs(campaign) == []
        hurt(campaign)
        assert campaign.characters[KARA].attire == "rags"


def test_an_encounter_is_not_disturbed(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        with campaign.encounter("The mill") as fight:
            with fight.round() as turn:
                turn.character(KARA).take_damage(1)
            store.profiles.update(KARA, attire="rags")
            with fight.round() as turn:
                turn.character(KARA).take_damage(1)
        assert [event.kind for event in campaign.history()[-2:]] == ["sync", "encounter"]
        assert (campaign.characters[KARA].attire, campaign.characters[KARA].hit_points_current) == ("rags", 23)


def test_two_open_campaigns_are_both_refreshed_and_a_third_has_nothing_to_do(store: SaveStore) -> None:
    one = store.campaigns.create("One", characters=["kara_stormwind"])
    two = store.campaigns.create("Two", characters=[KARA])
    three = store.campaigns.create("Three", characters=["zombie"])
    store.profiles.rename(KARA, "Kara the Bold")
    for campaign in (one, two, three):
        campaign.say("narrator", "Hear, hear")
    assert [len(syncs(campaign)) for campaign in (one, two, three)] == [1, 1, 0]
    assert [campaign.party[0].name for campaign in (one, two)] == ["Kara the Bold"] * 2


def test_a_full_disk_leaves_it_for_the_turn_after(store: SaveStore, closed: Campaign, faulty: Any) -> None:
    with store.campaigns.open(closed.id) as campaign:
        store.profiles.update(KARA, attire="rags")
        faulty.fail("write", "log.jsonl", 28)
        turn = campaign.begin_turn()
        assert turn.character(KARA).attire != "rags"
        turn.discard()
        assert codes(campaign.problems) == ["no_space"]
        faulty.mend()
        hurt(campaign)
        assert campaign.characters[KARA].attire == "rags"


def test_going_back_does_not_bring_back_who_somebody_was(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        old = campaign.characters[KARA].attire
        store.profiles.update(KARA, attire="rags")
        hurt(campaign, 5)
        campaign.rollback(turns=2)
        assert (campaign.characters[KARA].attire, campaign.characters[KARA].hit_points_current) == (old, 26)
        hurt(campaign, 2)
        assert (campaign.characters[KARA].attire, campaign.characters[KARA].hit_points_current) == ("rags", 24)
        assert campaign.problems == []


# Closed ones


def test_a_closed_campaign_has_it_when_it_opens(store: SaveStore, closed: Campaign) -> None:
    edit(profile_of(store, KARA), attire="rags")
    store.profiles.update(KARA, pose="limping")
    edit(profile_of(store, KARA), build="stout")
    with store.campaigns.open(closed.id) as campaign:
        kara = campaign.characters[KARA]
        assert (kara.attire, kara.pose, kara.build) == ("rags", "limping", "stout")
        assert campaign.head.kind == "sync"
        assert [one.character_id for one in campaign.refreshed] == [KARA]
        assert campaign.problems == []
    with store.campaigns.open(closed.id) as campaign:
        assert len(syncs(campaign)) == 1
        assert campaign.refreshed == []


def test_who_only_reads_sees_what_the_log_says_and_a_note(store: SaveStore, closed: Campaign, tmp_path: Path) -> None:
    store.profiles.update(KARA, attire="rags")
    before = tree_hash(tmp_path)
    with store.campaigns.open(closed.id, read_only=True) as reading:
        assert reading.characters[KARA].attire != "rags"
        assert reading.enriched(KARA).attire == "rags"
        (problem,) = reading.problems
        assert (problem.severity, problem.code) == ("note", "stale_copies")
        assert problem.path == str(document_of(closed, KARAS_FILE))
        assert "attire" in problem.message
        assert [one.fields for one in reading.refreshed] == [{"attire": {"from": closed_attire(closed), "to": "rags"}}]
    assert tree_hash(tmp_path) == before


def closed_attire(closed: Campaign) -> Any:
    return read(document_of(closed, KARAS_FILE))["attire"]


def test_a_campaign_on_a_disk_that_cannot_be_written_opens_for_reading(store: SaveStore, closed: Campaign) -> None:
    store.profiles.update(KARA, attire="rags")
    with files.using(Sealed(store.root)), store.campaigns.open(closed.id, read_only=True) as reading:
        assert codes(reading.problems) == ["stale_copies"]


def test_a_campaign_that_a_version_without_hashes_made_goes_by_the_counts(store: SaveStore, closed: Campaign) -> None:
    edit(profile_of(store, KARA), state=...)
    edit(document_of(closed, KARAS_FILE), profile_state=None)
    store.campaigns.open(closed.id).close()
    store.profiles.update(KARA, attire="rags")
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.characters[KARA].attire == "rags"
        assert campaign.characters[KARA].profile_state is not None


# What is not refreshed


def test_another_person_with_the_same_id_is_reported(store: SaveStore, closed: Campaign) -> None:
    edit(profile_of(store, KARA), uid="somebody else", attire="rags")
    for read_only in (True, False):
        with store.campaigns.open(closed.id, read_only=read_only) as campaign:
            (problem,) = campaign.problems
            assert (problem.severity, problem.code) == ("warning", "another_person")
            assert campaign.characters[KARA].attire != "rags"
    assert codes(store.check()) == ["another_person"]
    assert codes(store.sync().problems) == ["another_person"]


def test_copies_of_a_later_state_stay_and_are_reported(store: SaveStore, closed: Campaign) -> None:
    old = profile_of(store, KARA).read_bytes()
    store.profiles.update(KARA, attire="rags")
    store.sync()
    profile_of(store, KARA).write_bytes(old)
    with store.campaigns.open(closed.id) as campaign:
        (problem,) = campaign.problems
        assert (problem.severity, problem.code) == ("warning", "unknown_profile_state")
        assert "later state" in problem.message
        assert "(revision 3) than the store's (revision 2)" in problem.message
        assert campaign.characters[KARA].attire == "rags"


def test_copies_of_a_state_that_another_machine_made_stay_until_somebody_says_so(
    store: SaveStore, closed: Campaign
) -> None:
    here = profile_of(store, KARA).read_bytes()
    store.profiles.update(KARA, attire="rags")
    store.sync()
    profile_of(store, KARA).write_bytes(here)
    store.profiles.update(KARA, attire="silk")
    store.profiles.update(KARA, pose="proud")
    with store.campaigns.open(closed.id) as campaign:
        (problem,) = campaign.problems
        assert problem.code == "unknown_profile_state"
        assert problem.hint is not None
        assert "set profile_revision in this file to null" in problem.hint
        assert campaign.characters[KARA].attire == "rags"
        edit(document_of(closed, KARAS_FILE), profile_revision=None)
        hurt(campaign)
        hurt(campaign)
        assert campaign.characters[KARA].attire == "silk"
        assert campaign.characters[KARA].profile_revision == store.profiles.get(KARA).revision


@pytest.mark.parametrize(("changes", "known"), [(16, True), (17, False)])
def test_a_profile_remembers_its_last_sixteen_states(
    store: SaveStore, closed: Campaign, changes: int, known: bool
) -> None:
    for number in range(changes):
        store.profiles.update(KARA, attire=f"cloak {number}")
    with store.campaigns.open(closed.id) as campaign:
        assert (campaign.characters[KARA].attire == f"cloak {changes - 1}") is known
        assert codes(campaign.problems) == ([] if known else ["unknown_profile_state"])


def test_a_broken_profile_changes_nothing_and_stops_nothing(store: SaveStore, closed: Campaign) -> None:
    store.profiles.update(ZOMBIE, pose="slumped")
    profile_of(store, KARA).write_text('{\n  "name": }')
    with store.campaigns.open(closed.id) as campaign:
        (problem,) = campaign.problems
        assert (problem.severity, problem.line, problem.column) == ("warning", 2, 11)
        assert campaign.characters[ZOMBIE].pose == "slumped"
        hurt(campaign)
    profile_of(store, ZOMBIE).unlink()
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.characters[ZOMBIE].pose == "slumped"


def test_an_edit_of_a_copy_is_reported_and_offered_to_the_profile_and_the_source_stands(
    store: SaveStore, closed: Campaign
) -> None:
    before = closed_attire(closed)
    edit(document_of(closed, KARAS_FILE), attire="a borrowed cloak", voice_settings={"pitch": 2}, location="the mill")
    with store.campaigns.open(closed.id) as campaign:
        assert [event.kind for event in campaign.history()[-2:]] == ["external_edit", "sync"]
        assert fields_of(campaign.history()[-2])["attire"] == "a borrowed cloak"
        assert (campaign.characters[KARA].attire, campaign.characters[KARA].location) == (before, "the mill")
        assert codes(campaign.problems) == ["copy_changed", "copy_changed"]
        hints = [one.hint or "" for one in campaign.problems]
        assert any(hint.endswith(f"saves profile set {KARA} attire='a borrowed cloak'") for hint in hints)
        assert any(hint.endswith(f"edit voice_settings of {KARA}") for hint in hints)


def test_an_edit_of_a_copy_in_an_open_campaign_is_put_right_with_the_next_turn(
    store: SaveStore, closed: Campaign
) -> None:
    with store.campaigns.open(closed.id) as campaign:
        store.profiles.update(KARA, pose="limping")
        edit(document_of(closed, KARAS_FILE), attire="a borrowed cloak")
        hurt(campaign)
        hurt(campaign)
        assert campaign.characters[KARA].attire == store.profiles.get(KARA).attire
        assert codes(campaign.problems) == ["copy_changed"]


def test_what_a_game_does_to_a_copy_is_not_undone_in_silence(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        with campaign.turn() as turn:
            turn.character(KARA).attire = "wet"
        hurt(campaign)
        assert campaign.characters[KARA].attire == "wet"
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.characters[KARA].attire == store.profiles.get(KARA).attire
        assert codes(campaign.problems) == ["copy_changed"]


# All of them at once


def test_all_campaigns_are_synced_or_one(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.create("Other", characters=[KARA]) as other:
        other.say("narrator", "Once")
    store.profiles.update(KARA, attire="rags")
    change = {"attire": {"from": closed_attire(closed), "to": "rags"}}
    before = bytes_in(store.root)
    planned = store.sync(dry_run=True)
    assert bytes_in(store.root) == before
    assert sorted((one.campaign_id, one.character_id) for one in planned.refreshed) == sorted(
        [(closed.id, KARA), (other.id, KARA)]
    )
    assert [one.fields for one in planned.refreshed] == [change, change]
    assert [one.campaign_id for one in store.sync("Other").refreshed] == [other.id]
    done = store.sync()
    assert [(one.campaign_id, one.fields) for one in done.refreshed] == [(closed.id, change)]
    assert (done.left, done.problems) == ((), ())
    assert store.sync().refreshed == ()
    assert closed_attire(closed) == "rags"


def test_a_campaign_open_here_is_synced_at_once_and_one_open_elsewhere_is_left(
    store: SaveStore, closed: Campaign, root: Path
) -> None:
    with store.campaigns.create("Here", characters=[KARA]) as here:
        script = "with SaveStore(sys.argv[1]).campaigns.open('Copies'): print('open', flush=True); wait()"
        with child(script, root):
            store.profiles.update(KARA, attire="rags")
            for dry_run in (True, False):
                done = store.sync(dry_run=dry_run)
                assert [one.campaign_id for one in done.refreshed] == [here.id]
                assert done.left == (closed.folder.name,)
                assert codes(done.problems) == ["locked"]
        assert here.characters[KARA].attire == "rags"
        assert here.head.kind == "sync"
    assert [one.campaign_id for one in store.sync().refreshed] == [closed.id]


def test_an_empty_store_has_nothing_to_sync(store: SaveStore, root: Path) -> None:
    assert store.sync().refreshed == ()
    assert not root.exists()


def test_what_was_remembered_of_profiles_can_be_deleted_or_damaged(store: SaveStore, closed: Campaign) -> None:
    (remembered,) = (store.root / ".saves").glob("*/index/copies/*.json")
    remembered.write_text(json.dumps({"version": 2, "rows": {KARA: 5}}))
    store.profiles.update(KARA, attire="rags")
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.characters[KARA].attire == "rags"
    remembered.unlink()
    store.profiles.update(KARA, attire="silk")
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.characters[KARA].attire == "silk"
