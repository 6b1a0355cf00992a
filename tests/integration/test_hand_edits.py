"""Files changed by hand while nobody plays, and while somebody does."""

import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from gamesaves import Campaign, SaveStore
from gamesaves.errors import InvalidDocument, NewerFormat, NoSpace, SavesError
from tests.integration.stores import (
    KARA,
    PROFILES,
    Quick,
    bytes_in,
    codes,
    document_of,
    edit,
    kept,
    profile_of,
    read,
    state_of,
)

KARAS_FILE = "characters/pc.kara_stormwind"


@pytest.fixture
def closed(store: SaveStore) -> Campaign:
    """A closed campaign with two characters, a scene, a document and a turn."""
    with store.campaigns.create("Edits", characters=["kara_stormwind", "zombie"]) as campaign:
        campaign.add_scene("Cave")
        with campaign.turn("Before") as turn:
            turn.character(KARA).take_damage(6)
            turn.document("map/level1")["doors"] = {"north": "shut"}
    return campaign


def hurt(campaign: Campaign, amount: int = 1) -> None:
    with campaign.turn("Ouch") as turn:
        turn.character(KARA).take_damage(amount)


# While nobody plays


def test_an_edit_made_while_nobody_plays_is_taken_in_and_becomes_history(store: SaveStore, closed: Campaign) -> None:
    edit(document_of(closed, KARAS_FILE), hit_points_current=3, location="the mill")
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.characters[KARA].hit_points_current == 3
        assert campaign.head.kind == "external_edit"
        assert campaign.head.changes == {
            f"characters/{KARA}": [
                {"op": "replace", "path": "/hit_points_current", "value": 3},
                {"op": "replace", "path": "/location", "value": "the mill"},
            ]
        }
        assert campaign.problems == []
        hurt(campaign)
    tree = read(document_of(closed, KARAS_FILE))
    assert (tree["hit_points_current"], tree["location"]) == (2, "the mill")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("campaign_data", {"title": "Edited by hand", "tags": {"mine": 1}}),
        ("scenes/scene_001", {"description": "It drips."}),
        ("documents/map/level1", {"doors": {"north": "open", "east": "open"}}),
        (KARAS_FILE, {"house_rule": {"deep": [1, 1.0, True]}}),
    ],
)
def test_every_document_may_be_edited(store: SaveStore, closed: Campaign, path: str, fields: dict[str, Any]) -> None:
    edit(document_of(closed, path), **fields)
    with store.campaigns.open(closed.id) as campaign:
        hurt(campaign)
        assert campaign.problems == []
    tree = read(document_of(closed, path))
    assert {key: tree[key] for key in fields} == fields
    assert [event.kind for event in closed.history()][-2:] == ["external_edit", "turn"]


def test_an_edit_that_changes_only_the_form_is_none(store: SaveStore, closed: Campaign) -> None:
    path = document_of(closed, KARAS_FILE)
    path.write_text(json.dumps(read(path), indent=8, sort_keys=True))
    events = len(closed.history())
    with store.campaigns.open(closed.id) as campaign:
        assert len(campaign.history()) == events
        assert campaign.problems == []


def test_who_only_reads_sees_an_edit_and_leaves_it_for_the_next_who_plays(store: SaveStore, closed: Campaign) -> None:
    edit(document_of(closed, KARAS_FILE), hit_points_current=3)
    before = bytes_in(closed.folder)
    with store.campaigns.open(closed.id, read_only=True) as reading:
        assert reading.characters[KARA].hit_points_current == 3
        assert codes(reading.problems) == ["edit_not_recorded"]
    assert bytes_in(closed.folder) == before
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.head.kind == "external_edit"


@pytest.mark.parametrize(
    ("path", "text", "code", "line", "column"),
    [
        (KARAS_FILE, '{\n  "name": "Kara",,\n}', "invalid", 2, 18),
        (KARAS_FILE, '{\n  "character_id": "pc:kara_stormwind",\n  "name": 5\n}', "invalid", 3, 11),
        (KARAS_FILE, "[]", "invalid", 1, 1),
        (KARAS_FILE, '{"name": "Kara", "name": "Kara"}', "invalid", 1, 18),
        (KARAS_FILE, '{"experience": NaN}', "invalid", 1, 16),
        (KARAS_FILE, '{"experience": 123456789012345678901234567890}', "invalid", 1, 16),
        (KARAS_FILE, "not JSON at all", "invalid", 1, 1),
        ("campaign_data", '{"title": 7', "invalid", 1, 12),
        ("documents/map/level1", "{", "invalid", 1, 2),
    ],
)
def test_a_bad_edit_is_set_aside_with_its_place_and_the_last_good_state_used(
    store: SaveStore, closed: Campaign, path: str, text: str, code: str, line: int, column: int
) -> None:
    expected = state_of(closed)
    file = document_of(closed, path)
    good = file.read_bytes()
    file.write_text(text)
    with store.campaigns.open(closed.id, read_only=True) as reading:
        assert [(one.code, one.line, one.column) for one in reading.problems] == [(code, line, column)]
        assert file.read_text() == text, "who only reads changes nothing"
    with store.campaigns.open(closed.id) as campaign:
        assert [(one.code, one.path, one.line, one.column) for one in campaign.problems] == [
            (code, str(file), line, column)
        ]
        assert state_of(campaign) == expected
        assert kept(store) == {file.name: text.encode()}
        hurt(campaign)
    assert read(file)["schema_version"] == 1
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.problems == []
    assert file.read_bytes() == good or path == KARAS_FILE or path == "campaign_data"


@pytest.mark.parametrize("content", [b"", b"\0" * 300])
def test_a_file_that_a_power_cut_emptied_is_written_again(store: SaveStore, closed: Campaign, content: bytes) -> None:
    expected = state_of(closed)
    file = document_of(closed, KARAS_FILE)
    good = file.read_bytes()
    file.write_bytes(content)
    with store.campaigns.open(closed.id) as campaign:
        assert state_of(campaign) == expected
    assert file.read_bytes() == good


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_an_edit_that_notepad_has_saved_is_taken_in(store: SaveStore, closed: Campaign, encoding: str) -> None:
    file = document_of(closed, KARAS_FILE)
    tree = read(file) | {"location": "Kåra 風"}
    file.write_bytes(json.dumps(tree, ensure_ascii=False).replace("\n", "\r\n").encode(encoding))
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.characters[KARA].location == "Kåra 風"
    assert "Kåra 風" in file.read_text(encoding="utf-8")


def test_a_newer_document_makes_the_campaign_read_only_and_is_never_written(store: SaveStore, closed: Campaign) -> None:
    file = document_of(closed, KARAS_FILE)
    edit(file, schema_version=2, name="From the future")
    before = bytes_in(closed.folder)
    with store.campaigns.open(closed.id) as campaign:
        assert isinstance(campaign.read_only, NewerFormat)
        assert campaign.characters[KARA].name == "Kara Stormwind"
        with pytest.raises(NewerFormat):
            hurt(campaign)
    assert bytes_in(closed.folder) == before


def test_a_character_made_by_hand_joins(store: SaveStore, closed: Campaign) -> None:
    path = document_of(closed, "characters/npc.hermit")
    path.write_text('{"character_id": "npc:hermit", "name": "The Hermit"}')
    (closed.folder / "documents" / "notes.json").write_text('{"todo": ["ask the hermit"]}')
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.characters["npc:hermit"].name == "The Hermit"
        assert campaign.document("notes")["todo"] == ["ask the hermit"]
        with campaign.turn() as turn:
            turn.character("The Hermit").take_damage(1)
    assert read(path)["hit_points_current"] == 7


def test_a_copied_character_is_set_aside_and_the_original_stays(store: SaveStore, closed: Campaign) -> None:
    original = document_of(closed, KARAS_FILE)
    copy = document_of(closed, "characters/pc.kara_stormwind_2")
    copy.write_bytes(original.read_bytes())
    for name in ("pc.kara_stormwind (1).json", "pc.kara_stormwind - Copy.json", ".pc.kara_stormwind.json.swp"):
        (original.parent / name).write_bytes(original.read_bytes())
    with store.campaigns.open(closed.id) as campaign:
        assert set(campaign.characters) == {KARA, "npc:zombie"}
        assert "wrong_id" in codes(campaign.problems)
    assert copy.name in kept(store)
    assert (original.parent / "pc.kara_stormwind (1).json").is_file(), "a copy that a file manager made is left alone"


def test_a_campaign_keeps_its_id_whatever_its_folder_is_called(store: SaveStore, closed: Campaign) -> None:
    folder = store.root / "campaign_renamed"
    closed.folder.rename(folder)
    edit(folder / "campaign_data.json", campaign_id="campaign_other_abcd", title="Another")
    with store.campaigns.open(folder.name) as campaign:
        assert "wrong_id" in codes(campaign.problems)
        assert (campaign.data.campaign_id, campaign.title) == (closed.id, "Edits")
    assert "campaign_data.json" in kept(store)
    edit(folder / "campaign_data.json", title="Another")
    with store.campaigns.open(folder.name) as campaign:
        assert campaign.problems == []
        assert (campaign.data.campaign_id, campaign.title) == (closed.id, "Another")
        edit(folder / "campaign_data.json", campaign_id="campaign_other_abcd")
        hurt(campaign)
        assert campaign.data.campaign_id == closed.id
    with store.campaigns.open(folder.name) as campaign:
        assert campaign.data.campaign_id == closed.id
    assert read(folder / "campaign_data.json")["campaign_id"] == closed.id


def test_a_document_that_was_deleted_is_written_again(store: SaveStore, closed: Campaign) -> None:
    expected = state_of(closed)
    for path in (KARAS_FILE, "campaign_data", "documents/map/level1"):
        document_of(closed, path).unlink()
    with store.campaigns.open(closed.id) as campaign:
        assert codes(campaign.problems) == ["document_missing"] * 3
        assert state_of(campaign) == expected
    assert document_of(closed, KARAS_FILE).is_file()


def test_documents_with_literal_colons_are_read_and_get_their_portable_names(
    store: SaveStore, closed: Campaign
) -> None:
    expected = state_of(closed)
    portable = document_of(closed, KARAS_FILE)
    literal = portable.with_name(f"{KARA}.json")
    os.replace(portable, literal)
    with store.campaigns.open(closed.id, read_only=True) as reading:
        assert state_of(reading) == expected
        assert literal.is_file()
    edit(literal, hit_points_current=2)
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.problems == []
        assert campaign.characters[KARA].hit_points_current == 2
        hurt(campaign)
    assert not literal.exists()
    assert read(portable)["hit_points_current"] == 1


def test_a_whole_store_with_literal_colons_opens_and_is_moved(store: SaveStore, closed: Campaign) -> None:
    store.profiles.portrait(KARA)
    names = {path: path.with_name(path.name.replace(".", ":", 1)) for path in store.root.rglob("*pc.*.json")}
    assert len(names) == 6
    for portable, literal in names.items():
        os.replace(portable, literal)
    fresh = SaveStore(store.root)
    assert {one.character_id for one in fresh.profiles.list()} == {KARA, "npc:zombie"}
    assert [one.character_id for one in fresh.profiles.list(templates=True)] == [
        "prof_npc:zombie",
        "prof_pc:kara_stormwind",
    ]
    with fresh.campaigns.open(closed.id) as campaign:
        assert campaign.enriched(KARA).portrait_file is not None
        hurt(campaign)
    fresh.profiles.update("npc:zombie", pose="slumped")
    assert not any(":" in path.name for path in closed.folder.rglob("*"))
    literal_left = [path.name for path in (store.root / PROFILES).iterdir() if ":" in path.name]
    assert sorted(literal_left) == ["prof_npc:zombie.json", "prof_pc:kara_stormwind.json"], "templates are not written"
    assert set(codes(fresh.check())) == {"stale_copies", "foreign_name"}


def test_a_file_left_behind_by_a_crash_is_swept_away(store: SaveStore, closed: Campaign) -> None:
    left = closed.folder / "characters" / ".pc.kara_stormwind.json.1f-0.saves-tmp"
    left.write_bytes(b"half")
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.problems == []
    assert not left.exists()


# Keys that an edit leaves out


def test_a_key_that_an_edit_misspells_or_deletes_keeps_its_last_value_and_is_told_with_its_place(
    store: SaveStore, closed: Campaign
) -> None:
    kara, data = document_of(closed, KARAS_FILE), document_of(closed, "campaign_data")
    text = kara.read_text().replace('"hit_points_current": 20', '"hit_points_curent": 18').replace('"level": 3,', "")
    kara.write_text(text.replace('"location": null', '"location": "the mill"'))
    line = text[: text.index('"hit_points_curent"')].count("\n") + 1
    edit(data, title=..., description="Drips")
    told = [(str(data), 1, 1), (str(kara), 1, 1), (str(kara), line, 3)]
    assert [one.title for one in store.campaigns.list()] == ["Edits"]
    with store.campaigns.open("Edits", read_only=True) as reading:
        assert (reading.characters[KARA].level, reading.data.title) == (3, "Edits")
        assert [one.code for one in reading.problems if one.severity == "warning"] == ["missing_key"] * 3
    found = [one for one in store.check() if one.severity == "warning"]
    assert [(one.code, one.path, one.line, one.column) for one in found] == [("missing_key", *one) for one in told]
    steps = store.repair(dry_run=True).steps
    assert [(one.action, one.reason) for one in steps] == [("take in", found[0].message), ("take in", found[1].message)]
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.problems == found
        no = "It cannot be taken away; to reset it, write"
        assert [(one.message, one.hint) for one in found] == [
            ("`title` is missing; its last value stays", f'{no} "title": "Untitled Campaign"'),
            ("`level` is missing; its last value stays", f'{no} "level": 1'),
            (
                "`hit_points_current` is missing; its last value stays",
                "`hit_points_curent` is not known here: did you mean `hit_points_current`?",
            ),
        ]
        character = campaign.characters[KARA]
        assert (character.hit_points_current, character.level, character.location) == (20, 3, "the mill")
        assert (campaign.data.title, campaign.data.description) == ("Edits", "Drips")
        assert character.model_dump()["hit_points_curent"] == 18, "it may be the game's own"
    assert store.check() == []
    assert (read(kara)["level"], read(kara)["hit_points_curent"], read(data)["title"]) == (3, 18, "Edits")


def test_what_an_edit_leaves_out_within_any_document_stays_and_what_is_no_models_goes(
    store: SaveStore, closed: Campaign
) -> None:
    with store.campaigns.open(closed.id) as campaign:
        campaign.start_session("Evening")
        campaign.start_run(KARA)
        with campaign.turn("Things") as turn:
            for item in ("rope", "lamp"):
                turn.character(KARA).gain_item(item, 5)
            turn.remember(KARA, "A bridge.", about="bridge")
            turn.scene("scene_001").environment_state.lighting = "dim"
        campaign.save_as("Boss", note="Careful")
        campaign.end_session()
        before = state_of(campaign)
    kara = document_of(closed, KARAS_FILE)
    gone: list[tuple[Any, ...]] = [
        (kara, "character_id"),
        (kara, "inventory", "rope", "quantity"),
        (kara, "memories", 0, "about"),
        (document_of(closed, "scenes/scene_001"), "environment_state", "lighting"),
        (next(closed.folder.glob("sessions/*")), "user_state"),
        (next(closed.folder.glob("runs/*")), "started_at"),
        (document_of(closed, "slots"), "slots", "boss", "note"),
    ]
    for file, *where, last in gone:
        tree = inner = read(file)
        for step in where:
            inner = inner[step]
        del inner[last]
        file.write_text(json.dumps(tree))
    with store.campaigns.open(closed.id) as campaign:
        names = [".".join(map(str, where)) for _, *where in gone]
        assert sorted(one.message.split("`")[1] for one in campaign.problems) == sorted(names)
        assert codes(campaign.problems) == ["missing_key"] * len(gone)
        assert campaign.head.kind != "external_edit", "there is nothing to take in"
        assert state_of(campaign) == before
    edit(kara, inventory={"rope": read(kara)["inventory"]["rope"]}, memories=[], location=None)
    edit(document_of(closed, "documents/map/level1"), doors=...)
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.problems == []
        assert [*campaign.characters[KARA].inventory] == ["rope"]
        assert campaign.characters[KARA].memories == []
        assert "doors" not in campaign.document("map/level1")


def test_a_key_that_an_edit_leaves_out_keeps_what_the_game_has_made_of_it_meanwhile(
    store: SaveStore, closed: Campaign
) -> None:
    file = document_of(closed, KARAS_FILE)
    with store.campaigns.open(closed.id) as campaign:
        opened = read(file)
        hurt(campaign)
        campaign.flush()
        file.write_text(json.dumps({key: one for key, one in opened.items() if key != "hit_points_current"}))
        hurt(campaign)
        assert campaign.characters[KARA].hit_points_current == 18
        assert codes(campaign.problems) == ["missing_key"]
        hurt(campaign)
        assert codes(campaign.problems) == ["missing_key"], "it is told once"
    assert read(file)["hit_points_current"] == 17


# While somebody plays


def test_an_edit_made_while_the_game_runs_is_merged_into_the_next_turn(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        edit(document_of(closed, KARAS_FILE), location="the mill", hit_points_max=40)
        hurt(campaign, 2)
        kara = campaign.characters[KARA]
        assert (kara.location, kara.hit_points_max, kara.hit_points_current) == ("the mill", 40, 18)
        assert [event.kind for event in campaign.history()][-2:] == ["external_edit", "turn"]
        assert campaign.problems == []
    assert read(document_of(closed, KARAS_FILE))["location"] == "the mill"


def test_an_edit_made_in_the_middle_of_a_turn_is_merged_by_field(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        with campaign.turn() as turn:
            kara = turn.character(KARA)
            edit(document_of(closed, KARAS_FILE), location="the mill")
            kara.take_damage(2)
        assert campaign.characters[KARA].location == "the mill"
        assert campaign.characters[KARA].hit_points_current == 18


@pytest.mark.parametrize("refused", ["not a number", "no room"])
def test_an_edit_taken_in_by_a_commit_that_was_refused_stays_when_the_turn_is_committed_again(
    store: SaveStore, closed: Campaign, quick: Quick, refused: str
) -> None:
    with store.campaigns.open(closed.id) as campaign:
        turn = campaign.begin_turn()
        kara = turn.character(KARA)
        kara.experience += 1
        campaign.flush()
        edit(document_of(closed, KARAS_FILE), location="the mill")
        if refused == "no room":
            # The edit's own line has room, the turn's has none.
            quick.fail("write", "log.jsonl", errno.ENOSPC, skip=1, times=1)
        else:
            kara.skills["luck"] = float("nan")
        with pytest.raises((InvalidDocument, NoSpace)):
            turn.commit()
        kara.skills["luck"] = 1
        turn.commit()
        assert (campaign.characters[KARA].location, campaign.characters[KARA].experience) == ("the mill", 1)
        assert [event.kind for event in campaign.history(limit=2)] == ["external_edit", "turn"]
        assert "/location" not in [one["path"] for one in campaign.head.changes[f"characters/{KARA}"]]
        assert campaign.problems == []
    assert read(document_of(closed, KARAS_FILE))["location"] == "the mill"


def test_an_edit_counts_once_and_what_a_turn_makes_of_it_survives_a_crash(
    store: SaveStore, closed: Campaign, root: Path
) -> None:
    file = document_of(closed, KARAS_FILE)
    with store.campaigns.open(closed.id) as campaign:
        bag = read(file)["inventory"]
        edit(file, inventory={**bag, "gem": {"name": "Gem"}}, location="the mill")
        with campaign.turn("Sells the gem, and goes back") as turn:
            kara = turn.character(KARA)
            assert kara.location == "the mill"
            kara.drop_item("gem")
            kara.location = None
        crashed = shutil.copytree(root, root.with_name("crashed"))
        assert campaign.take_in_edits()
        assert "gem" not in campaign.characters[KARA].inventory
        assert [event.kind for event in campaign.history(limit=2)] == ["external_edit", "turn"]
    with SaveStore(crashed) as other, other.campaigns.open(closed.id) as campaign:
        assert (campaign.characters[KARA].location, "gem" in campaign.characters[KARA].inventory) == (None, False)
        assert [event.kind for event in campaign.history(limit=2)] == ["external_edit", "turn"]


def test_what_a_turn_only_looks_at_is_no_change_that_an_edit_could_lose_to(store: SaveStore, closed: Campaign) -> None:
    file = document_of(closed, KARAS_FILE)
    with store.campaigns.open(closed.id) as campaign:
        bag = read(file)["inventory"]
        edit(file, inventory={**bag, "gem": {"name": "Gem"}})
        hurt(campaign)
        with campaign.turn("Looks, and takes a second one") as turn:
            things = turn.character(KARA).inventory
            assert things["gem"].weight is None
            things["longsword"].quantity += 1
            campaign.flush()
            edit(file, inventory={**bag, "gem": {"name": "Gem", "weight": 2}})
        paths = [one["path"] for one in campaign.head.changes[f"characters/{KARA}"]]
        assert sorted(paths) == ["/interaction_count", "/inventory/longsword/quantity", "/last_interaction"]
        gem = campaign.characters[KARA].inventory["gem"]
        assert (gem.weight, campaign.characters[KARA].inventory["longsword"].quantity) == (2, 2)
        assert campaign.problems == []
    assert read(file)["inventory"]["gem"] == {"name": "Gem", "weight": 2}


def test_where_game_and_editor_changed_one_field_the_games_stands_and_the_edit_is_in_the_history(
    store: SaveStore, closed: Campaign
) -> None:
    with store.campaigns.open(closed.id) as campaign:
        with campaign.turn() as turn:
            kara = turn.character(KARA)
            edit(document_of(closed, KARAS_FILE), hit_points_current=1)
            kara.take_damage(2)
        assert campaign.characters[KARA].hit_points_current == 18
        edits = [event for event in campaign.history() if event.kind == "external_edit"]
        assert edits[0].changes[f"characters/{KARA}"][0]["value"] == 1
        assert "edit_conflict" in codes(campaign.problems)


def test_an_edit_of_what_was_opened_before_the_game_went_on_is_merged_and_what_it_loses_is_in_its_event(
    store: SaveStore, closed: Campaign
) -> None:
    file = document_of(closed, KARAS_FILE)
    with store.campaigns.open(closed.id) as campaign:
        opened = read(file)
        hurt(campaign, 2)
        campaign.flush()
        file.write_text(json.dumps(opened | {"hit_points_current": 1, "location": "the mill"}))
        campaign.say("narrator", "Nobody asks for Kara")
    with store.campaigns.open(closed.id) as campaign:
        (event,) = [one for one in campaign.history() if one.kind == "external_edit"]
        assert event.changes == {f"characters/{KARA}": [{"op": "replace", "path": "/location", "value": "the mill"}]}
        lost = {"path": "/hit_points_current", "ours": {"value": 18}, "theirs": {"value": 1}}
        assert event.data["conflicts"] == [{"document": f"characters/{KARA}"} | lost]
        assert campaign.characters[KARA].hit_points_current == 18


@pytest.mark.parametrize("while_open", [True, False])
def test_an_edit_is_undone_like_a_turn(store: SaveStore, closed: Campaign, while_open: bool) -> None:
    file = document_of(closed, KARAS_FILE)
    if not while_open:
        edit(file, location="the mill")
    with store.campaigns.open(closed.id) as campaign:
        if while_open:
            edit(file, location="the mill")
        hurt(campaign)
        before, edited, after = campaign.history()[-3:]
        assert edited.kind == "external_edit"
        campaign.rollback(turns=1)
        assert campaign.characters[KARA].location == "the mill", "it was there before the turn that is taken back"
        campaign.restore(before)
        assert campaign.characters[KARA].location is None
        campaign.flush()
        assert read(file)["location"] is None
        campaign.restore(edited)
        assert (campaign.characters[KARA].location, campaign.characters[KARA].hit_points_current) == ("the mill", 20)
        campaign.restore(after)
        assert campaign.blame(f"characters/{KARA}", "location") == edited
        campaign.rollback(turns=2)
        assert (campaign.characters[KARA].location, campaign.characters[KARA].hit_points_current) == (None, 26)
    assert read(file)["hit_points_current"] == 26
    assert codes(store.check()) == []


def test_an_edit_that_nobody_has_looked_at_is_in_the_history_when_somebody_goes_back(
    store: SaveStore, closed: Campaign
) -> None:
    with store.campaigns.open(closed.id) as campaign:
        edit(document_of(closed, "scenes/scene_001"), description="It drips.")
        campaign.rollback(turns=1)
        assert [event.kind for event in campaign.history()[-2:]] == ["external_edit", "restore"]
        assert campaign.scenes["scene_001"].description != "It drips."
        campaign.restore(campaign.history()[-2])
        assert campaign.scenes["scene_001"].description == "It drips."


def test_an_edit_in_a_turn_that_is_discarded_stays(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        edit(document_of(closed, KARAS_FILE), location="the mill")
        turn = campaign.begin_turn()
        assert turn.character(KARA).location == "the mill"
        turn.character(KARA).take_damage(1)
        turn.discard()
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.characters[KARA].location == "the mill"
        assert campaign.characters[KARA].hit_points_current == 20


def test_an_edit_of_a_document_no_turn_touches_is_taken_in_when_the_campaign_closes(
    store: SaveStore, closed: Campaign
) -> None:
    with store.campaigns.open(closed.id) as campaign:
        hurt(campaign)
        edit(document_of(closed, "scenes/scene_001"), description="It drips.")
        edit(document_of(closed, "campaign_data"), title="Drips")
    with store.campaigns.open("Drips") as campaign:
        assert campaign.scenes["scene_001"].description == "It drips."
        assert campaign.problems == []


def test_an_edit_that_does_not_parse_yet_is_waited_for(store: SaveStore, closed: Campaign) -> None:
    file = document_of(closed, KARAS_FILE)
    with store.campaigns.open(closed.id) as campaign:
        text = file.read_text()
        file.write_text(text[: len(text) // 2])
        hurt(campaign)
        campaign.flush()
        assert file.read_text() == text[: len(text) // 2], "what is being written is not written over"
        assert campaign.characters[KARA].hit_points_current == 19
        file.write_text(text.replace('"location": null', '"location": "the mill"'))
        hurt(campaign)
        campaign.flush()
        assert campaign.characters[KARA].location == "the mill"
    assert (read(file)["location"], read(file)["hit_points_current"]) == ("the mill", 18)
    assert kept(store) == {}


def test_a_bad_edit_that_is_never_mended_is_set_aside_when_the_campaign_closes(
    store: SaveStore, closed: Campaign
) -> None:
    file = document_of(closed, KARAS_FILE)
    with store.campaigns.open(closed.id) as campaign:
        file.write_text('{\n  "name": "Kara"')
        hurt(campaign)
    problem = next(one for one in campaign.problems if one.code == "invalid")
    assert (problem.path, problem.line) == (str(file), 2)
    assert kept(store) == {file.name: b'{\n  "name": "Kara"'}
    assert read(file)["hit_points_current"] == 19


def test_an_edit_that_does_not_fit_keeps_the_turn_from_nothing(store: SaveStore, closed: Campaign) -> None:
    file = document_of(closed, KARAS_FILE)
    with store.campaigns.open(closed.id) as campaign:
        edit(file, level="three")
        hurt(campaign)
        assert campaign.characters[KARA].level == 3
        edit(file, level=5)
        hurt(campaign)
        assert campaign.characters[KARA].level == 5


def test_a_document_deleted_while_the_game_runs_is_written_again(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        document_of(closed, KARAS_FILE).unlink()
        hurt(campaign)
    assert read(document_of(closed, KARAS_FILE))["hit_points_current"] == 19
    with store.campaigns.open(closed.id) as campaign:
        assert campaign.problems == []


def test_an_edit_of_a_profile_is_seen_while_a_campaign_is_open(store: SaveStore, closed: Campaign) -> None:
    with store.campaigns.open(closed.id) as campaign:
        before = bytes_in(campaign.folder)
        assert campaign.enriched(KARA).attire != "rags"
        edit(profile_of(store, KARA), attire="rags", nickname="Stormy")
        assert campaign.enriched(KARA).attire == "rags"
        assert bytes_in(campaign.folder) == before
        hurt(campaign)
        store.profiles.update(KARA, pose="limping")
    tree = read(profile_of(store, KARA))
    assert (tree["attire"], tree["pose"], tree["nickname"]) == ("rags", "limping", "Stormy")


def test_a_profile_edited_by_hand_is_kept_before_a_program_changes_it(store: SaveStore, closed: Campaign) -> None:
    assert closed.folder.is_dir()
    before = store.profiles.get(KARA)
    edit(profile_of(store, KARA), attire="rags")
    edited = profile_of(store, KARA).read_bytes()
    assert store.profiles.update(KARA, attire="rags").revision == before.revision, "that is what it says already"
    assert kept(store) == {}
    after = store.profiles.update(KARA, attire="silk")
    assert kept(store) == {profile_of(store, KARA).name: edited}
    assert after.revision == before.revision + 2, "the edit counts, too"
    assert after.previous[1:] == [before.state, *before.previous]
    store.profiles.update(KARA, attire="wool")
    assert len(list((store.root / ".saves").glob("*/recovered/*"))) == 1


def test_a_profile_that_was_broken_while_a_campaign_is_open_stops_nothing_else(
    store: SaveStore, closed: Campaign
) -> None:
    file = profile_of(store, KARA)
    with store.campaigns.open(closed.id) as campaign:
        file.write_text('{\n  "name": }')
        with pytest.raises(InvalidDocument) as refused:
            campaign.enriched(KARA)
        assert (refused.value.path, refused.value.line, refused.value.column) == (str(file), 2, 11)
        assert campaign.enriched("npc:zombie").name == "Zombie"
        hurt(campaign)
        campaign.add_character("skeleton")
        with pytest.raises(SavesError):
            store.profiles.update(KARA, pose="limping")
    assert file.read_text() == '{\n  "name": }'


def test_a_preset_edited_while_a_campaign_is_open_counts_for_who_joins_next(
    store: SaveStore, closed: Campaign, root: Path
) -> None:
    with store.campaigns.open(closed.id) as campaign:
        path = store.presets.customise("characters", "skeleton")
        edit(path, hit_points_max=99)
        assert campaign.add_character("skeleton").hit_points_max == 99
    assert path.is_relative_to(root)
