"""Trees of older versions: taken in whole, every decision told, nothing lost and nothing changed in the tree."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.disk.foreign import DEPTH
from gamesaves.disk.manifests import Limits
from gamesaves.errors import BadBundle, Conflict, InvalidValue, NoSpace, SavesError
from gamesaves.services.adopting import Adoption
from gamesaves.services.importing import ImportPlan
from tests.integration.bundles import told
from tests.integration.oldtrees import COLON, KARA, MINE, MINE_ID, MIRA, TOM, VALE, kara, mine, old_tree, put, vale
from tests.integration.stores import OTHER_PNG, PNG, Clock, Quick, bytes_in, codes, kept, profile_of, read, tree_hash


@pytest.fixture(autouse=True)
def _quick(quick: Quick) -> None:
    """What is here is not about power cuts."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return tmp_path / "old"


def whats(plan: ImportPlan, source: str = "") -> set[str]:
    return {one.what for one in plan.decisions if one.source.startswith(source)}


def test_a_whole_tree_is_taken_in_as_it_was_planned(old: Path, root: Path) -> None:
    before = tree_hash(old_tree(old))
    with SaveStore(root, clock=Clock()) as store:
        plan = store.plan_import(old)
        assert not root.exists()
        done = store.import_(old)
        assert (plan.done, done.done, done.present) == (False, True, False)
        assert (done.steps, done.decisions, done.size) == (plan.steps, plan.decisions, plan.size)
        assert [(one.title, one.done) for one in done.campaigns] == [("The Lost Mine", True), ("谷の物語", True)]
        for target in [*(one.target for one in done.steps), *(one.target for one in done.decisions)]:
            assert target is None or (root / target).exists(), target
        assert {one.code for one in store.check()} <= {"stale_copies"}
        assert {one.character_id for one in store.profiles.list()} == {KARA, TOM, MIRA}
        assert [one.character_id for one in store.profiles.list(templates=True)] == ["prof_pc:kara_stormwind"]
        for one in done.campaigns:
            with store.campaigns.open(one.folder) as campaign:
                assert campaign.problems == []
                with campaign.turn("It goes on") as turn:
                    turn.character(KARA).take_damage(1)
    assert tree_hash(old) == before


def test_the_second_time_all_is_here_already(old: Path, root: Path) -> None:
    old_tree(old)
    put(old, "character_profiles/pc.broken.json", "{")
    with SaveStore(root, clock=Clock()) as store:
        first = store.import_(old)
        assert [one.what for one in first.decisions if one.severity == "error"] == ["set_aside"]
        with store.campaigns.open(MINE_ID) as campaign, campaign.turn("Played on") as turn:
            turn.character(KARA).heal(3)
        before, aside = bytes_in(root), kept(store)
        again = store.import_(old)
        assert (again.present, again.size, [one.target for one in again.steps if one.target]) == (True, 0, [])
        assert {one.text for one in again.decisions if one.source in (MINE, VALE)} == {"this campaign is here already"}
        assert not [one for one in again.decisions if one.severity == "error"]
        assert (bytes_in(root), kept(store)) == (before, aside)


@pytest.mark.skipif(sys.platform == "win32", reason="no file of Windows has a colon in its name")
def test_names_with_colons_get_their_portable_form(old: Path, root: Path) -> None:
    old_tree(old)
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(old)
        renamed = {one.source: one.target for one in done.decisions if one.what == "renamed"}
        assert renamed == {
            "character_profiles/pc:kara_smith.json": "character_profiles/pc.kara_smith.json",
            "character_profiles/prof_pc:kara_stormwind.json": "character_profiles/prof_pc.kara_stormwind.json",
            f"{MINE}/characters/npc:old_tom.json": f"{MINE_ID}/characters/npc.old_tom.json",
            f"{MINE}/characters/pc:kara_smith.json": f"{MINE_ID}/characters/pc.kara_smith.json",
        }
    assert not [path for path in root.rglob("*") if ":" in path.name]


def test_a_document_of_one_layer_is_split(old: Path, root: Path) -> None:
    old_tree(old)
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(old)
        assert "split" in whats(done, "data/characters/mira.json")
        mira = store.profiles.get(MIRA)
        assert (mira.name, mira.build, mira.base_level, mira.starting.strength) == ("Mira", "lean", 4, 15)
        assert not {"hit_points_current", "experience", "corruption"} & mira.model_dump().keys()
        with store.campaigns.open(MINE_ID) as campaign:
            state = campaign.characters[MIRA]
            assert (state.hit_points_current, state.level, state.experience, state.build) == (9, 4, 2700, "lean")
            assert (state.profile_uid, state.status) == (mira.uid, "injured")
            assert state.model_extra is not None
            assert state.model_extra["corruption"] == 2


def test_a_state_that_no_campaign_has_is_kept(old: Path, root: Path) -> None:
    source = put(old, "data/characters/Sir Bors.json", {"name": "Bors", "hit_points_current": 3, "level": 2})
    put(old, "characters/Sir Bors.json", {"name": "Bors", "hit_points_current": 1, "level": 1, "revision": 9})
    put(old, "presets/characters/orc.json", {"name": "Orc"})
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(old)
        assert (done.campaigns, [one.character_id for one in store.profiles.list()]) == ((), ["pc:sir_bors"])
        assert source.read_bytes() in kept(store).values()
        assert {"duplicate", "new_id", "left"} <= whats(done)


def test_a_state_goes_to_the_only_campaign_that_lists_nobody(old: Path, root: Path) -> None:
    put(old, "save/campaign_data.json", {"title": "Alone"})
    put(old, "data/characters/npc.wolf.json", {"name": "Wolf", "hit_points_current": 3})
    with SaveStore(root, clock=Clock()) as store:
        folder = store.import_(old).campaigns[0].folder
        with store.campaigns.open(folder) as campaign:
            assert campaign.characters["npc:wolf"].hit_points_max == 8
            assert campaign.data.character_ids == ["npc:wolf"]


def test_of_two_profiles_the_newer_stands_and_the_other_is_kept(old: Path, root: Path) -> None:
    put(old, "character_profiles/pc.kara_smith.json", kara(last_interaction="2024-01-01T00:00:00Z"))
    newer = kara(attire="A cloak", last_interaction="2024-06-01T00:00:00Z")
    put(old, "shared/character_profiles/pc.kara_smith.json", newer)
    put(old, "more/character_profiles/Kara.json", newer)
    older = (old / "character_profiles/pc.kara_smith.json").read_bytes()
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(old)
        assert store.profiles.get(KARA).attire == "A cloak"
        told_of = {one.source: one.severity for one in done.decisions if one.what == "duplicate"}
        assert sorted(told_of.values()) == ["note", "warning"]
        assert told_of["character_profiles/pc.kara_smith.json"] == "warning"
        assert older in kept(store).values()


def test_pictures_are_found_by_their_names(old: Path, root: Path) -> None:
    old_tree(old)
    put(old, "backup/elsewhere/kara.png", OTHER_PNG)
    put(old, "character_profiles/pc.fake.json", {"name": "Fake", "portrait_path": "images/fake.png"})
    put(old, "images/fake.png", "<svg/>")
    put(old, "images/nobody.png", PNG)
    with SaveStore(root, clock=Clock()) as store:
        stored = store.images.add(PNG, stem="mine")
        done = store.import_(old)
        profile = store.profiles.get(KARA)
        assert profile.portrait_path == stored, "a picture that the store has is not stored again"
        assert (root / profile.additional_images[0]).read_bytes() == OTHER_PNG
        assert profile.model_extra is not None
        assert profile.model_extra["original_portrait_path"] == kara()["portrait_path"]
        for name in ("pc:mira", "pc:fake"):
            assert store.profiles.get(name).portrait_path is None
            extra = store.profiles.get(name).model_extra
            assert extra is not None
            assert extra["original_portrait_path"] in ("/home/me/gone/mira.png", "images/fake.png")
        missing = [one for one in done.decisions if one.what == "portrait_missing"]
        assert {one.severity for one in missing} == {"warning"}
        assert "it is no picture" in " ".join(one.text for one in missing)
        assert any("nobody.png" in one.text for one in done.decisions if one.what == "left")


def test_a_chat_becomes_part_of_the_history(old: Path, root: Path) -> None:
    old_tree(old)
    with SaveStore(root, clock=Clock()) as store:
        store.import_(old)
        with store.campaigns.open(MINE_ID) as campaign:
            rows = [(one.id, one.speaker, one.text) for one in campaign.messages]
            assert rows == [
                ("m1", "user", "We go in."),
                ("m2", TOM, "Mind the rats."),
                ("m3", "narrator", "The lamp goes out."),
                ("m4", "narrator", '["odd", 3]'),
                ("m2_2", "player", "Who is there?"),
            ]
            assert (campaign.messages[0].model_extra or {})["content"] == "We go in."
            assert (campaign.messages[3].model_extra or {})["original_message"] == ["odd", 3]
            assert [one.kind for one in campaign.history()] == ["created", "message", "sync"]
        assert len((root / MINE_ID / "chat_history" / "messages.jsonl").read_bytes().splitlines()) == 5


@pytest.mark.parametrize(
    ("name", "content", "texts"),
    [
        ("chat_history/messages.json", {"messages": ["One"], "topic": "rats"}, ["One"]),
        ("chat_history/messages.json", {"text": "Alone", "turn": "x"}, ["Alone"]),
        ("chat_history/messages.jsonl", '{"text": "A"}\n\n{"text": "B", "at": "never"}\n', ["A", "B"]),
        ("chat_history/messages.json", "null", []),
        ("chat_history/messages.json", [], []),
    ],
)
def test_chats_have_had_many_forms(name: str, content: Any, texts: list[str], old: Path, root: Path) -> None:
    put(old, "one/campaign_data.json", {"title": "Talk"})
    put(old, f"one/{name}", content)
    with SaveStore(root, clock=Clock()) as store:
        folder = store.import_(old).campaigns[0].folder
        with store.campaigns.open(folder) as campaign:
            assert [one.text for one in campaign.messages] == texts


def test_what_campaigns_have_copied_of_portraits_is_the_profiles(old: Path, root: Path) -> None:
    old_tree(old)
    put(
        old,
        f"{VALE}/characters/pc.kara_smith.json",
        {"character_id": KARA, "name": "Kara Smith", "hit_points_current": 4, "portrait_url": "/other/kara.png"},
    )
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(old)
        assert store.profiles.get(KARA).portrait_url == "/static/kara.png"
        assert "portrait_moved" in whats(done, MINE)
        assert "portrait_dropped" in whats(done, VALE)
        for one in done.campaigns:
            assert "portrait_url" not in read(root / one.folder / "characters" / "pc.kara_smith.json")
        assert b"/other/kara.png" in (root / done.campaigns[1].folder / "log.jsonl").read_bytes()


def test_a_campaign_without_a_log_begins_where_it_was(old: Path, root: Path) -> None:
    old_tree(old)
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(old)
        with store.campaigns.open(MINE_ID) as campaign:
            data = campaign.data
            assert (data.total_turns, data.title) == (57, "The Lost Mine")
            assert data.character_ids == [KARA, TOM, MIRA]
            assert (data.scenes, data.scene_order, data.quests["rats"].quest_id) == (
                {"scene_1": "Cave"}, ["scene_1"], "rats",
            )  # fmt: skip
            assert campaign.scenes["scene_1"].environment_state.lighting == "dim"
            assert campaign.characters[KARA].hit_points_current == 11
            assert campaign.characters[TOM].status == "unconscious"
            assert campaign.document("world") == {"schema_version": 1, "doors": {"north": "open"}}
            assert campaign.document("seen")["value"] == ["cave", "well"]
            assert campaign.sessions["session_001"].character_ids == [KARA]
            assert (data.model_extra or {})["chapter"] == 3
            created = campaign.history()[0]
            assert created.data["adopted"]["from"] == MINE
            assert created.data["adopted"]["values"][f"{MINE}/campaign_data.json"]["/total_sessions"] == 6
        assert (root / MINE_ID / "diary.txt").read_text() == "Dear diary"
        (listed,) = (one for one in store.campaigns.list() if one.campaign_id == MINE_ID)
        assert (listed.last_played, listed.total_turns) == ("2024-05-01T20:30:00Z", 57)
        assert "no_log" in whats(done, MINE)
        with store.campaigns.open(MINE_ID) as campaign, campaign.turn() as turn:
            turn.document("world")["doors"] = {}
        with store.campaigns.open(MINE_ID) as campaign:
            campaign.rollback(turns=1)
            assert campaign.document("world")["doors"] == {"north": "open"}
            assert campaign.data.total_turns == 58


def test_a_tree_can_be_a_campaign_alone(old: Path, root: Path) -> None:
    vale(old)
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(old / VALE)
        assert [one.title for one in done.campaigns] == ["谷の物語"]
        assert store.profiles.get(KARA).name == "Kara Smith"
        assert store.import_(old / VALE).present


def test_campaigns_with_a_log_come_with_their_people(old: Path, root: Path, tmp_path: Path) -> None:
    campaign = told(tmp_path / "there")
    shutil.copytree(tmp_path / "there", old, ignore=shutil.ignore_patterns("store.json", "universes"))
    mine(old)
    folder = old / campaign.id / "characters"
    (folder / "pc.kara_stormwind.json").rename(folder / f"pc{COLON}kara_stormwind.json")
    with SaveStore(root, clock=Clock()) as store:
        plan = store.plan_import(old)
        done = store.import_(old)
        assert (plan.steps, plan.decisions) == (done.steps, done.decisions)
        assert {one.folder for one in done.campaigns} == {campaign.id, MINE_ID}
        assert codes(done.problems) == ["missing_universe"]
        assert bytes_in(root)[f"{campaign.id}/log.jsonl"] == (old / campaign.id / "log.jsonl").read_bytes()
        with store.campaigns.open(campaign.id) as opened:
            assert opened.enriched("pc:kara_stormwind").portrait_file is not None
        assert store.import_(old).present


def test_a_store_of_this_version_is_not_taken_for_an_older_one(old: Path, root: Path, tmp_path: Path) -> None:
    there = told(tmp_path / "there").folder.parent
    with SaveStore(there, clock=Clock()) as other:
        backup = other.backup(tmp_path / "backups").backup.path
    shutil.copytree(there, old / "deep" / "inside")
    unnamed = tmp_path / "unnamed"
    shutil.copytree(there, unnamed, ignore=shutil.ignore_patterns("store.json", ".saves"))
    with SaveStore(root, clock=Clock()) as store:
        for source, found in ((there, there), (old, old / "deep" / "inside"), (unnamed, unnamed)):
            with pytest.raises(InvalidValue, match="a whole store of this version") as refused:
                store.import_(source)
            assert refused.value.path == str(found)
            assert f"saves --store {found} export CAMPAIGN" in str(refused.value.hint)
        for source in (backup, backup.parent):
            with pytest.raises(InvalidValue, match="a backup of a whole store") as refused:
                store.plan_import(source)
            assert refused.value.path == str(backup)
            assert f"saves backup restore {backup.parent} {backup.name} --to PATH\n" in str(refused.value.hint)
        assert not root.exists()
        # A game's own file that is called so says nothing.
        put(old_tree(tmp_path / "older"), "store.json", {"kind": "a shop"})
        assert store.plan_import(tmp_path / "older").campaigns


# Broken, foreign and hostile things


def test_what_does_not_fit_is_left_out_by_itself_and_kept(old: Path, root: Path) -> None:
    character = {
        "character_id": "Kara!",
        "name": "Kara",
        "hit_points_current": -3,
        "hit_points_max": 26,
        "level": "four",
        "status": "tired",
        "inventory": {"rope": {"quantity": "2"}, "lamp": "on", "coin": {"name": "Coin", "quantity": 5}},
    }
    source = put(old, "c/characters/Kara!.json", character)
    put(old, "c/campaign_data.json", {"title": 7, "created_at": "yesterday", "quests": [1]})
    put(old, "c/scenes/a.json", "{'title': 'Cave'}")
    put(old, "c/sessions/s.json", [1])
    put(old, "c/world.json", '{"a": 1,}')
    put(old, "c/slots.json", {"slots": {}})
    put(old, "c/encounters/x.jsonl", "{}")
    put(old, "c/new.json", {"schema_version": 1})
    put(old, "c/characters/newer.json", {"name": "N", "schema_version": 9})
    put(old, "c/log.jsonl", b"")
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(old)
        with store.campaigns.open(done.campaigns[0].folder) as campaign:
            state = campaign.characters["pc:kara"]
            assert (state.hit_points_current, state.hit_points_max, state.level, state.status) == (
                0,
                26,
                1,
                "unconscious",
            )
            assert {key: (one.name, one.quantity) for key, one in state.inventory.items()} == {
                "rope": ("rope", 2), "coin": ("Coin", 5),
            }  # fmt: skip
            assert campaign.data.title == "7"
            assert campaign.problems == []
        found = kept(store)
        assert source.read_bytes() in found.values()
        assert found.keys() >= {
            "a.json",
            "s.json",
            "world.json",
            "slots.json",
            "x.jsonl",
            "newer.json",
            "campaign_data.json",
        }
        texts = {one.source: one.text for one in done.decisions if one.severity != "note"}
        assert "level: 'four' cannot be used" in texts["c/characters/Kara!.json"]
        assert "(line 1, column 2)" in texts["c/scenes/a.json"]
        assert "newer program" in texts["c/characters/newer.json"]
        assert store.check() == []


def test_a_campaign_whose_own_document_is_broken_comes_all_the_same(old: Path, root: Path) -> None:
    old_tree(old)
    put(old, f"{VALE}/campaign_data.json", '{"title": "Va')
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(old)
        assert [one.title for one in done.campaigns] == ["The Lost Mine", "vale"]
        assert [one.source for one in done.decisions if one.severity == "error"] == [f"{VALE}/campaign_data.json"]
        assert b'{"title": "Va' in kept(store).values()


def test_another_version_of_a_campaign_is_refused_and_the_others_come(old: Path, root: Path) -> None:
    old_tree(old)
    with SaveStore(root, clock=Clock()) as store:
        store.import_(old)
        store.campaigns.remove("谷の物語")
        put(old, f"{MINE}/world.json", {"doors": {}})
        before = bytes_in(root / MINE_ID)
        for plan in (store.plan_import(old), store.import_(old)):
            assert [one.title for one in plan.campaigns] == ["谷の物語"]
            assert codes(plan.problems) == ["conflict"]
            assert [one.source for one in plan.decisions if one.severity == "error"] == [MINE]
        assert bytes_in(root / MINE_ID) == before
        shutil.rmtree(old / VALE)
        with pytest.raises(Conflict, match="was not made from what is in the tree now") as refused:
            store.import_(old)
        assert "--as-copy" in str(refused.value.hint)
        copy = store.import_(old, as_copy=True).campaigns[0]
        assert copy.campaign_id == copy.folder != MINE_ID
        assert {one.code for one in store.check()} <= {"stale_copies"}


def test_a_campaign_that_is_put_away_is_not_taken_in_again(old: Path, root: Path) -> None:
    old_tree(old)
    with SaveStore(root, clock=Clock()) as store:
        store.import_(old)
        store.campaigns.archive(MINE_ID)
        plan = store.import_(old)
        assert codes(plan.problems) == ["conflict"]
        assert f"saves campaign unarchive {MINE_ID}" in str(plan.problems[0].hint)


def test_two_campaigns_of_one_id_are_two(old: Path, root: Path) -> None:
    for folder in ("a", "b"):
        put(old, f"{folder}/campaign_data.json", {"campaign_id": "campaign_x_abcd", "title": "Twice"})
    with SaveStore(root, clock=Clock()) as store:
        folders = [one.folder for one in store.import_(old).campaigns]
        assert len(set(folders)) == 2
        assert folders[0] == "campaign_x_abcd"
        assert store.import_(old).present


def test_somebody_else_with_the_id_stays(old: Path, root: Path) -> None:
    old_tree(old)
    with SaveStore(root, clock=Clock()) as store:
        draft = store.presets.draft("kara_stormwind")
        draft.name = "Kara Smith"
        ours = store.profiles.save(draft)
        template = profile_of(store, "prof_pc:kara_stormwind").read_bytes()
        done = store.import_(old)
        assert store.profiles.get(KARA) == ours
        assert store.profiles.get(f"{KARA}_2").attire == "Plate armor"
        assert profile_of(store, "prof_pc:kara_stormwind").read_bytes() == template
        assert any("is somebody else here" in one.text for one in done.decisions)
        assert read(root / MINE_ID / "profiles.json")["ids"] == {KARA: f"{KARA}_2"}
        with store.campaigns.open(MINE_ID) as campaign:
            assert campaign.enriched(KARA).portrait_file is not None
        assert store.import_(old).present


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no files with such names")
def test_nothing_outside_is_read_and_odd_names_do_no_harm(old: Path, root: Path, tmp_path: Path) -> None:
    secret = put(tmp_path, "secret/pc.secret.json", {"name": "Secret", "hit_points_current": 1})
    vale(old)
    (old / "character_profiles").symlink_to(secret.parent)
    (old / VALE / "characters" / "pc.link.json").symlink_to(secret)
    os.mkfifo(old / VALE / "characters" / "pc.pipe.json")
    (old / "loop").symlink_to(old)
    put(old, f"{VALE}/con.txt", "device")
    put(old, f"{VALE}/a\nb.txt", "line")
    put(old, f"{VALE}/what?. /x", "reserved")
    put(old, f"{VALE}/characters/x\\..\\evil.json", {"name": "Evil"})
    put(old, f"{VALE}/Deep\x07.json", {"a": 1})
    (old / VALE / os.fsdecode(b"\xff.json")).write_text("{}")
    put(old, "/".join(["d"] * (DEPTH + 3)) + "/character_profiles/pc.far.json", {"name": "Far"})
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(old)
        assert {one.source for one in done.decisions if one.what == "passed_over"} == {
            "character_profiles", "loop", f"{VALE}/characters/pc.link.json", f"{VALE}/characters/pc.pipe.json",
            "/".join(["d"] * DEPTH), f"{VALE}/\\udcff.json",
        }  # fmt: skip
        assert {one.character_id for one in store.profiles.list()} == {KARA, "pc:evil"}
        assert set(kept(store).values()) >= {b"device", b"line", b"reserved"}
        assert store.check() == []
    assert b"Secret" not in b"".join(bytes_in(root, besides=()).values())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old", "saves", "secret"]


def test_too_much_is_refused_before_anything_is_read(old: Path, root: Path) -> None:
    old_tree(old)
    with SaveStore(root) as store:
        for limits, reason in ((Limits(entries=3), "more than 3 files"), (Limits(total=10), "10 are the most")):
            with pytest.raises(BadBundle, match=reason):
                Adoption(store._context, store.campaigns, store.profiles, old, dry_run=False, limits=limits)
        (old / "empty").mkdir()
        with pytest.raises(BadBundle, match="nor anything of an older version"):
            store.import_(old / "empty")
    assert not root.exists()


def test_there_has_to_be_room(old: Path, root: Path, quick: Quick, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "free_space", lambda _path: 10)
    with SaveStore(root) as store, pytest.raises(NoSpace, match="and 10 are free"):
        store.import_(old_tree(old))
    assert not (root / MINE_ID).exists()


@pytest.mark.parametrize("call", ["write", "replace", "mkdir"])
def test_after_a_failure_the_rest_comes_the_next_time(call: str, old: Path, root: Path, quick: Quick) -> None:
    before = tree_hash(old_tree(old))
    with SaveStore(root, clock=Clock()) as store:
        quick.calls.clear()
        whole = {one.folder for one in store.import_(old).campaigns}
        count = quick.count(call)
    for skip in range(0, count, 3):
        shutil.rmtree(root)
        quick.fail(call, skip=skip, times=1)
        try:
            with SaveStore(root, clock=Clock()) as store:
                store.import_(old)
        except SavesError:
            pass
        finally:
            quick.mend()
        with SaveStore(root, clock=Clock()) as store:
            assert [one for one in store.check() if one.severity == "error"] == []
            store.import_(old)
            assert {one.campaign_id for one in store.campaigns.list()} == whole
            assert {one.character_id for one in store.profiles.list()} == {KARA, TOM, MIRA}
    assert tree_hash(old) == before


def test_the_copies_that_differ_from_the_profile_are_marked_as_older(old: Path, root: Path) -> None:
    old_tree(old)
    with SaveStore(root, clock=Clock()) as store:
        store.import_(old)
        characters = root / MINE_ID / "characters"
        assert read(characters / "pc.kara_smith.json")["attire"] == "Torn plate"
        assert read(characters / "pc.kara_smith.json")["profile_revision"] is None
        assert read(characters / "npc.old_tom.json")["profile_revision"] == store.profiles.get(TOM).revision


def test_what_cannot_be_read_keeps_nothing_else_out(old: Path, root: Path, quick: Quick) -> None:
    old_tree(old)
    quick.fail("entries", on="scenes")
    quick.fail("open", on=f"old{os.sep}campaigns{os.sep}My Mine!{os.sep}world.json")
    quick.fail("stat", on="diary.txt")
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(old)
        failed = {one.source for one in done.decisions if one.severity == "error"}
        assert failed == {f"{MINE}/scenes", f"{MINE}/world.json", f"{MINE}/diary.txt"}
        assert {one.what for one in done.decisions if one.severity == "error"} == {"unread"}
        assert len(done.campaigns) == 2
        quick.mend()
        assert {one.code for one in store.check()} <= {"stale_copies"}


def test_a_log_that_is_damaged_keeps_only_its_campaign_out(old: Path, root: Path, tmp_path: Path) -> None:
    campaign = told(tmp_path / "there")
    shutil.copytree(tmp_path / "there" / campaign.id, old / "copy")
    log = old / "copy" / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:2] + lines[3:]))
    vale(old)
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(old)
        assert codes(done.problems) == ["bad_bundle"]
        assert [one.title for one in done.campaigns] == ["谷の物語"]
        assert json.dumps([one.what for one in done.decisions]).count("refused") == 1
