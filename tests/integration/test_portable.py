"""Export and import: a campaign goes to another store and is the same there, and nothing that is there is lost."""

import errno
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gamesaves import Campaign, SaveStore
from gamesaves.disk import jsontext
from gamesaves.errors import AlreadyExists, BadBundle, Conflict, Damaged, NewerFormat, NoSpace, NotFound, SavesError
from tests.integration.bundles import (
    KINGDOM,
    MANIFEST,
    entries_of,
    eventful,
    exported,
    joined,
    listed,
    manifest_of,
    plain,
    told,
    zipped,
)
from tests.integration.stores import KARA, PNG, Clock, bytes_in, codes, edit, kept, profile_of, read, state_of
from tests.unit.systems import Faulty

BESIDES = (".saves", "store.json", "README.txt")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    """A campaign at home, in a store that no test changes."""
    return told(tmp_path_factory.mktemp("home") / "saves")


@pytest.fixture(scope="module")
def bundle(home: Campaign, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(home.folder.parent, tmp_path_factory.mktemp("bundle") / "kingdom.zip")


def staged(root: Path) -> list[str]:
    staging = root / ".saves" / "staging"
    return os.listdir(staging) if staging.exists() else []


def test_a_bundle_lists_what_is_in_it(home: Campaign, bundle: Path) -> None:
    manifest = manifest_of(bundle)
    assert manifest["kind"] == "gamesaves bundle"
    assert (manifest["schema_version"], manifest["campaign_id"], manifest["title"]) == (1, home.id, KINGDOM)
    assert manifest["head"] == {"seq": home.seq, "hash": home.head.hash}
    assert (manifest["total_turns"], manifest["tags"]) == (3, {"stars": 5})
    assert manifest["characters"] == [KARA, "npc:zombie"]
    entries = entries_of(bundle)
    assert manifest["entries"] == listed(sorted(entries.items()))
    names = {name.removeprefix(home.id + "/") for name in entries}
    assert names >= {"log.jsonl", "campaign_data.json", "documents/map/level1.json", "presets/characters/imp.json"}
    assert names >= {"character_profiles/pc.kara_stormwind.json", "chat_history/messages.jsonl"}
    assert sum(name.startswith("images/") for name in names) == 2
    assert not any("prof_" in name or ".saves" in name or name == "store.json" for name in names)
    for name in ("log.jsonl", "campaign_data.json", "characters/pc.kara_stormwind.json", "chat_history/messages.jsonl"):
        assert entries[f"{home.id}/{name}"] == (home.folder / name).read_bytes()


def test_a_bundle_is_the_same_bytes_each_time(home: Campaign, bundle: Path, tmp_path: Path) -> None:
    again = exported(home.folder.parent, tmp_path / "again.zip")
    assert again.read_bytes() == bundle.read_bytes()
    with zipfile.ZipFile(again) as archive:
        infos = archive.infolist()
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {(info.create_system, info.external_attr, info.compress_type) for info in infos} == {(3, 0o100644 << 16, 8)}
    names = [info.filename for info in infos]
    assert names == [*sorted(names[:-1]), MANIFEST]


def test_a_folder_is_the_same_tree(home: Campaign, bundle: Path, tmp_path: Path) -> None:
    left_over = tmp_path / ".kingdom.saves-tmp"
    left_over.mkdir()
    (left_over / "half.json").write_text("{")
    folder = exported(home.folder.parent, tmp_path / "kingdom", folder=True)
    files = bytes_in(folder)
    assert json.loads(files.pop(MANIFEST)) == manifest_of(bundle)
    assert files == entries_of(bundle)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kingdom"]


@pytest.mark.parametrize("folder", [False, True])
@pytest.mark.parametrize(
    "make",
    [told, plain, eventful, joined, lambda root: told(root, turns=130)],
    ids=["told", "plain", "eventful", "joined", "long"],
)
def test_a_story_comes_back_the_same(make: Callable[[Path], Campaign], folder: bool, tmp_path: Path) -> None:
    campaign = make(tmp_path / "a")
    first = exported(tmp_path / "a", tmp_path / "first", campaign.id, folder=folder)
    with SaveStore(tmp_path / "b", clock=Clock()) as store:
        done = store.import_(first)
        assert (done.done, done.present, done.folder) == (True, False, campaign.id)
        assert staged(store.root) == []
        assert [one.code for one in store.check() if one.severity == "error"] == []
    at_home, here = bytes_in(tmp_path / "a" / campaign.id), bytes_in(tmp_path / "b" / campaign.id)
    assert all(name.startswith("snapshots/") for name in at_home.keys() - here.keys())
    assert all(name.startswith(("chat_history/", "published/")) for name in here.keys() - at_home.keys())
    assert all(here[name] == at_home[name] for name in at_home.keys() & here.keys())
    second = exported(tmp_path / "b", tmp_path / "second", campaign.id, folder=folder)
    if folder:
        assert bytes_in(first) == bytes_in(second)
    else:
        assert first.read_bytes() == second.read_bytes()
    with SaveStore(tmp_path / "b") as store, store.campaigns.open(campaign.id) as there:
        with SaveStore(tmp_path / "a") as other, other.campaigns.open(campaign.id) as origin:
            assert state_of(there) == state_of(origin)
        assert [one.code for one in there.problems if one.severity != "note"] == []


def test_what_would_be_done_is_told_and_nothing_is_written(bundle: Path, root: Path) -> None:
    with SaveStore(root) as store:
        plan = store.plan_import(bundle)
        assert not root.exists()
        assert (plan.done, plan.title) == (False, KINGDOM)
        done = store.import_(bundle)
        assert done.steps == plan.steps
        assert {(one.action, one.what) for one in plan.steps} == {
            ("add", "campaign"), ("add", "profile"), ("add", "picture"), ("add", "universe"),
        }  # fmt: skip
        for step in plan.steps:
            assert step.target is None or (root / step.target).exists()
        assert codes(done.problems) == []


def test_a_campaign_that_is_here_is_not_taken_in_again(bundle: Path, root: Path) -> None:
    with SaveStore(root, clock=Clock()) as store:
        store.import_(bundle)
        before = bytes_in(root)
        again = store.import_(bundle)
        assert (again.present, again.steps, again.size) == (True, (), 0)
        assert bytes_in(root) == before


def test_another_version_is_refused_with_what_to_do(bundle: Path, root: Path, tmp_path: Path) -> None:
    with SaveStore(root, clock=Clock()) as store:
        name = store.import_(bundle).folder
        with store.campaigns.open(name) as campaign:
            campaign.tag("here")
        before = bytes_in(root)
        with pytest.raises(Conflict, match="the store's is ahead of it") as refused:
            store.import_(bundle)
        assert refused.value.exit_code == 4
        for word in ("saves campaign compare", "saves campaign merge", "--as-copy"):
            assert word in str(refused.value.hint)
        with store.campaigns.open(name) as campaign:
            assert campaign.compare(bundle).kind == "ahead"
        ahead = exported(root, tmp_path / "ahead.zip")
    with SaveStore(tmp_path / "c", clock=Clock()) as other:
        other.import_(bundle)
        with pytest.raises(Conflict, match="it is ahead of the store's"):
            other.plan_import(ahead)
        with other.campaigns.open(name) as campaign:
            campaign.tag("there")
        with pytest.raises(Conflict, match="gone different ways"):
            other.import_(ahead)
    assert bytes_in(root) == before


def test_both_can_be_had(bundle: Path, root: Path) -> None:
    with SaveStore(root, clock=Clock()) as store:
        name = store.import_(bundle).folder
        log = (root / name / "log.jsonl").read_bytes()
        with store.campaigns.open(name) as campaign:
            campaign.tag("here")
        copy = store.import_(bundle, as_copy=True)
        assert copy.folder != name
        assert copy.folder.startswith("campaign_the_lost_kingdom_")
        assert (root / copy.folder / "log.jsonl").read_bytes() == log
        listed = {one.campaign_id: (one.path.name, one.copy_of) for one in store.campaigns.list()}
        assert listed == {name: (name, None), copy.folder: (copy.folder, name)}
        with store.campaigns.open(copy.folder) as campaign:
            assert (campaign.id, campaign.data.campaign_id) == (copy.folder, name)
            assert campaign.data.tags == {"stars": 5}
        assert store.import_(bundle).present
        with store.campaigns.open(copy.folder) as campaign:
            assert campaign.start_session().campaign_id == name
        assert "duplicate_campaign" in codes(store.check())


def test_a_folder_of_the_same_name_is_left_alone(bundle: Path, root: Path) -> None:
    name = manifest_of(bundle)["folder"]
    (root / name).mkdir(parents=True)
    (root / name / "diary.txt").write_text("mine")
    with SaveStore(root) as store:
        with pytest.raises(Conflict, match="another campaign is called"):
            store.import_(bundle)
        assert os.listdir(root / name) == ["diary.txt"]


# People


def test_a_person_who_is_here_stays(bundle: Path, root: Path) -> None:
    with SaveStore(root, clock=Clock()) as store:
        name = store.import_(bundle).folder
        store.profiles.update(KARA, attire="A cloak")
        shutil.move(root / name, root.parent / "gone")
        done = store.import_(bundle)
        steps = {one.name: one for one in done.steps if one.what == "profile"}
        assert steps["character_profiles/pc.kara_stormwind.json"].action == "keep"
        assert store.profiles.get(KARA).attire == "A cloak"
        assert not (root / name / "profiles.json").exists()


def test_a_person_goes_forward_to_a_later_state(home: Campaign, bundle: Path, root: Path, tmp_path: Path) -> None:
    with SaveStore(root, clock=Clock()) as store:
        name = store.import_(bundle).folder
        old = profile_of(store, KARA).read_bytes()
        shutil.move(root / name, root.parent / "gone")
        shutil.copytree(home.folder.parent, tmp_path / "later")
        with SaveStore(tmp_path / "later", clock=Clock()) as later:
            later.profiles.update(KARA, attire="A cloak")
            newer = later.export(KINGDOM, tmp_path / "later.zip").path
        done = store.import_(newer)
        assert [one.note for one in done.steps if one.action == "forward"] == ["from revision 4 to 5"]
        assert store.profiles.get(KARA).attire == "A cloak"
        assert kept(store)["pc.kara_stormwind.json"] == old
        assert store.undo().entry.verb == "import"
        back = store.profiles.get(KARA)
        # Campaigns may have copies of the state that was undone: it follows on that.
        assert (back.attire, back.revision) == (json.loads(old)["attire"], 6)


def test_another_person_with_the_same_id_gets_an_id_of_their_own(bundle: Path, root: Path, tmp_path: Path) -> None:
    with SaveStore(root, clock=Clock()) as store:
        store.profiles.save(store.presets.draft("kara_stormwind"))
        ours = profile_of(store, KARA).read_bytes()
        done = store.import_(bundle)
        (step,) = (one for one in done.steps if one.what == "profile" and one.note)
        assert step.target == "character_profiles/pc.kara_stormwind_2.json"
        assert profile_of(store, KARA).read_bytes() == ours
        theirs = entries_of(bundle)[f"{done.folder}/log.jsonl"]
        assert (root / done.folder / "log.jsonl").read_bytes().startswith(theirs)
        assert read(root / done.folder / "profiles.json")["ids"] == {KARA: f"{KARA}_2"}
        with store.campaigns.open(done.folder) as campaign:
            shown = campaign.enriched(KARA)
            assert shown.portrait_file is not None
            assert campaign.head.kind == "import"
            assert {one.code for one in campaign.problems if one.severity != "note"} == set()
            with campaign.turn() as turn:
                turn.character(KARA).take_damage(1)
        assert store.profiles.get(f"{KARA}_2").total_interactions == 4
        assert store.profiles.get(KARA).total_interactions == 0
        ours_file = profile_of(store, KARA)
        ours_file.rename(tmp_path / "ours.json")
        assert codes(store.check()) == []
        (tmp_path / "ours.json").rename(ours_file)
        onward = store.export(done.folder, tmp_path / "onward.zip").path
    with SaveStore(tmp_path / "third", clock=Clock()) as third:
        third.import_(onward)
        with third.campaigns.open(KINGDOM) as campaign:
            assert campaign.enriched(KARA).portrait_file is not None
        assert third.export(KINGDOM, tmp_path / "again.zip").path.read_bytes() == onward.read_bytes()


def test_what_only_an_import_has_added_is_no_other_version(bundle: Path, root: Path) -> None:
    with SaveStore(root, clock=Clock()) as store:
        with store.campaigns.create("Another", characters=["kara_stormwind"]):
            pass
        name = store.import_(bundle).folder
        with store.campaigns.open(name) as campaign:
            assert campaign.head.kind == "import"
        before = bytes_in(root)
        again = store.import_(bundle)
        assert (again.present, again.folder, again.steps) == (True, name, ())
        assert bytes_in(root) == before

        copy = store.import_(bundle, as_copy=True).folder
        assert [one.message.partition(": ")[2] for one in store.check()] == ["nobody has played since they parted"]
        with store.campaigns.open(copy) as campaign:
            campaign.tag("there")
        assert [one.message.partition(": ")[2] for one in store.check()] == ["it has been played further"]
        with store.campaigns.open(name) as campaign:
            campaign.tag("here")
        assert [one.message.partition(": ")[2] for one in store.check()] == ["both were played since they parted"]
        with pytest.raises(Conflict, match="the store's is ahead of it"):
            store.import_(bundle)


def test_a_person_who_was_given_another_id_is_known_by_it(bundle: Path, root: Path) -> None:
    with SaveStore(root, clock=Clock()) as store:
        store.profiles.save(store.presets.draft("kara_stormwind"))
        store.import_(bundle)
        copy = store.import_(bundle, as_copy=True)
        assert {one.action for one in copy.steps if one.what == "profile"} == {"keep"}
        assert read(root / copy.folder / "profiles.json")["ids"] == {KARA: f"{KARA}_2"}
        assert f"{KARA}_3" not in store.profiles


# A folder that was copied by hand


def test_a_folder_copied_by_hand_is_taken_in(home: Campaign, root: Path, tmp_path: Path) -> None:
    folder = tmp_path / home.id
    shutil.copytree(home.folder, folder)
    with SaveStore(root, clock=Clock()) as store:
        done = store.import_(folder)
        assert codes(done.problems) == ["profile_rebuilt", "profile_rebuilt", "missing_universe"]
        assert bytes_in(root / home.id) == bytes_in(folder)
        kara = store.profiles.get(KARA)
        assert (kara.name, kara.voice_id) == ("Kara Stormwind", home.characters[KARA].voice_id)
        assert kara.portrait_path is None
        with store.campaigns.open(KINGDOM) as campaign:
            assert campaign.enriched(KARA).portrait_file is None
        assert store.import_(folder).present


def test_a_folder_under_another_name_gets_the_campaigns(home: Campaign, root: Path, tmp_path: Path) -> None:
    shutil.copytree(home.folder, tmp_path / "Copy of my game")
    log = tmp_path / "Copy of my game" / "log.jsonl"
    log.write_bytes(log.read_bytes() + b'{"seq":')
    with SaveStore(root) as store:
        assert store.import_(tmp_path / "Copy of my game").folder == home.id
        with store.campaigns.open(KINGDOM) as campaign:
            assert "torn_line" in codes(campaign.problems)


def test_edits_in_a_folder_come_along(home: Campaign, root: Path, tmp_path: Path) -> None:
    folder = tmp_path / home.id
    shutil.copytree(home.folder, folder)
    edit(folder / "characters" / "pc.kara_stormwind.json", location="the inn")
    with SaveStore(root) as store:
        store.import_(folder)
        with store.campaigns.open(KINGDOM) as campaign:
            assert campaign.characters[KARA].location == "the inn"


def test_a_folder_that_is_no_campaign_is_refused(root: Path, tmp_path: Path, home: Campaign) -> None:
    with SaveStore(root) as store:
        with pytest.raises(NotFound):
            store.import_(tmp_path / "nothing")
        (tmp_path / "empty").mkdir()
        with pytest.raises(BadBundle, match="neither a manifest"):
            store.import_(tmp_path / "empty")
        folder = tmp_path / home.id
        shutil.copytree(home.folder, folder)
        lines = (folder / "log.jsonl").read_bytes().splitlines(keepends=True)
        (folder / "log.jsonl").write_bytes(b"".join([*lines[:2], *lines[3:]]))
        with pytest.raises(BadBundle, match=r"log\.jsonl.* line 3"):
            store.import_(folder)
        (folder / "NUL.txt").write_bytes(b"")
        with pytest.raises(BadBundle, match=r"'NUL\.txt' is refused"):
            store.import_(folder)
        (folder / "NUL.txt").unlink()
        if os.name != "nt":
            (folder / "link.json").symlink_to("/etc/passwd")
            with pytest.raises(BadBundle, match="a link"):
                store.import_(folder)
            (folder / "link.json").unlink()
            os.mkfifo(folder / "pipe")
            with pytest.raises(BadBundle, match="a device"):
                store.import_(folder)
    assert not root.exists()


@pytest.mark.parametrize(("size", "reason"), [(3, "has 3 bytes and should have"), (1 << 20, "more than the")])
def test_a_folder_that_changes_while_it_is_read_is_refused(
    size: int, reason: str, bundle: Path, root: Path, tmp_path: Path, faulty: Faulty
) -> None:
    folder = exported_tree(bundle, tmp_path / "tree")

    def change(call: str, path: str) -> None:
        if call == "open" and path.endswith("log.jsonl") and path.startswith(str(folder)):
            Path(path).write_bytes(b" " * size)

    faulty.before = change
    with SaveStore(root) as store, pytest.raises(BadBundle, match=reason):
        store.import_(folder)
    assert not root.exists()


def test_a_manifest_too_large_to_be_read_is_refused(bundle: Path, root: Path, tmp_path: Path) -> None:
    folder = exported_tree(bundle, tmp_path / "tree")
    os.truncate(folder / MANIFEST, jsontext.MAX_BYTES + 1)
    with SaveStore(root) as store, pytest.raises(BadBundle, match="are the most"):
        store.import_(folder)
    assert not root.exists()


# Exporting


def test_a_bundle_is_put_where_it_was_wanted(home: Campaign, tmp_path: Path) -> None:
    with SaveStore(home.folder.parent) as store:
        assert store.export(KINGDOM, tmp_path).path == tmp_path / f"{home.id}.zip"
        assert store.export(KINGDOM, tmp_path, folder=True).path == tmp_path / home.id
        made = store.export(KINGDOM, tmp_path / "new" / "x.zip")
        assert made.path.stat().st_size == made.size
        assert (made.campaign_id, made.seq, made.problems) == (home.id, home.seq, ())
        for folder in (False, True):
            with pytest.raises(AlreadyExists):
                store.export(KINGDOM, made.path, folder=folder)
        with pytest.raises(NotFound):
            store.export("nothing", tmp_path)


@pytest.mark.parametrize("folder", [False, True])
def test_a_bundle_for_which_there_is_no_room_leaves_nothing(
    folder: bool, home: Campaign, tmp_path: Path, faulty: Faulty
) -> None:
    with SaveStore(home.folder.parent) as store:
        faulty.fail("write", str(tmp_path), errno.ENOSPC, skip=2 * folder)
        with pytest.raises(NoSpace):
            store.export(KINGDOM, tmp_path / "x", folder=folder)
        assert list(tmp_path.iterdir()) == []
        faulty.mend()
        assert store.export(KINGDOM, tmp_path / "x", folder=folder).path.exists()


def test_a_campaign_is_exported_while_somebody_plays(root: Path, tmp_path: Path) -> None:
    campaign = told(root)
    with SaveStore(root, clock=Clock()) as player, player.campaigns.open(campaign.id) as played:
        with played.turn("Now") as turn:
            turn.character(KARA).take_damage(3)
        with SaveStore(root, clock=Clock()) as other:
            during = other.export(KINGDOM, tmp_path / "during.zip").path
    during_play, after = entries_of(during), entries_of(exported(root, tmp_path / "after.zip"))
    # Only that Kara was there one more time is added up once the campaign closes.
    assert {name for name in after if after[name] != during_play[name]} == {"character_profiles/pc.kara_stormwind.json"}


def test_edits_by_hand_are_taken_in_first(root: Path, tmp_path: Path) -> None:
    campaign = told(root)
    edit(campaign.folder / "characters" / "pc.kara_stormwind.json", location="the inn")
    entries = entries_of(exported(root, tmp_path / "x.zip"))
    assert json.loads(entries[f"{campaign.id}/characters/pc.kara_stormwind.json"])["location"] == "the inn"
    assert b'"external_edit"' in entries[f"{campaign.id}/log.jsonl"]


def test_what_cannot_come_along_is_told(root: Path, tmp_path: Path) -> None:
    campaign = told(root)
    (campaign.folder / "presets" / "characters" / "bad.json").write_text("{")
    (campaign.folder / ".hidden").write_text("x")
    (campaign.folder / "a:b.txt").write_text("x")
    (campaign.folder / "notes.txt").write_text("mine")
    (root / "character_profiles" / "npc.zombie.json").unlink()
    shutil.rmtree(root / "images")
    with SaveStore(root, clock=Clock()) as store:
        made = store.export(KINGDOM, tmp_path / "x.zip")
    found = sorted((one.code, Path(one.path).name) for one in made.problems)
    assert [one for one in found if one[0] == "left_out"] == [("left_out", "a:b.txt"), ("left_out", "bad.json")]
    assert [code for code, _ in found].count("missing_picture") == 2
    assert [code for code, _ in found].count("missing_profile") == 1
    assert f"{campaign.id}/notes.txt" in entries_of(made.path)
    with SaveStore(tmp_path / "b") as store:
        assert store.import_(made.path).done


def test_a_damaged_log_is_not_exported(root: Path, tmp_path: Path) -> None:
    campaign = told(root)
    shutil.rmtree(campaign.folder / "snapshots", ignore_errors=True)
    log = campaign.folder / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"Blow 0", b"Blow 9"))
    with SaveStore(root) as store, pytest.raises(Damaged):
        store.export(KINGDOM, tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()


# What goes wrong


def test_there_has_to_be_room(bundle: Path, root: Path, faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faulty, "free_space", lambda _path: 100)
    with SaveStore(root) as store, pytest.raises(NoSpace, match="and 100 are free"):
        store.import_(bundle)
    assert not root.exists()


@pytest.mark.parametrize("call", ["open", "write", "flush", "replace", "mkdir", "flush_folder"])
def test_a_failure_leaves_all_as_it_was(call: str, bundle: Path, root: Path, faulty: Faulty) -> None:
    told(root, title="Another")
    before = bytes_in(root)
    with SaveStore(root, clock=Clock()) as store:
        faulty.calls.clear()
        store.import_(bundle)
        count = faulty.count(call)
    shutil.rmtree(root)
    told(root, title="Another")
    before = bytes_in(root)
    refused = 0
    for skip in range(count):
        faulty.fail(call, skip=skip, times=1)
        try:
            with SaveStore(root, clock=Clock()) as store:
                store.import_(bundle)
        except SavesError:
            refused += 1
        finally:
            faulty.mend()
        done = {name for name in os.listdir(root) if name.startswith("campaign_the_lost_kingdom")}
        if done:
            with SaveStore(root) as store:
                assert [one for one in store.check() if one.severity == "error"] == []
            shutil.rmtree(root)
            told(root, title="Another")
            before = bytes_in(root)
        else:
            assert bytes_in(root) == before
            assert staged(root) == []
    assert refused


def rezipped(bundle: Path, target: Path, **about: Any) -> Path:
    manifest = manifest_of(bundle) | about
    return zipped(target, entries_of(bundle).items(), json.dumps(manifest).encode())


def test_a_newer_bundle_is_left_to_a_newer_program(bundle: Path, root: Path, tmp_path: Path) -> None:
    newer = rezipped(bundle, tmp_path / "newer.zip", schema_version=2)
    with SaveStore(root) as store, pytest.raises(NewerFormat) as refused:
        store.import_(newer)
    assert refused.value.exit_code == 13
    assert not root.exists()


def test_what_a_file_manager_adds_does_no_harm(bundle: Path, root: Path, tmp_path: Path) -> None:
    entries = {"campaign_x/": b"", **entries_of(bundle)}
    same = zipped(tmp_path / "x.zip", entries.items(), json.dumps(manifest_of(bundle)).encode())
    folder = exported_tree(bundle, tmp_path / "tree")
    (folder / ".DS_Store").write_bytes(b"x")
    with SaveStore(root) as store:
        assert store.import_(same).done
        assert store.import_(folder).present


def exported_tree(bundle: Path, folder: Path) -> Path:
    for name, data in {**entries_of(bundle), MANIFEST: json.dumps(manifest_of(bundle)).encode()}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_a_picture_of_the_same_name_stays(bundle: Path, root: Path) -> None:
    (root / "images").mkdir(parents=True)
    name = next(name for name in entries_of(bundle) if name.startswith("images/kara"))
    (root / name).write_bytes(PNG + b"other")
    with SaveStore(root) as store:
        done = store.import_(bundle)
    assert "other_picture" in codes(done.problems)
    assert (root / name).read_bytes() == PNG + b"other"
