"""`saves export`, `import`, `campaign archive`, `unarchive` and `list --archived`."""

import shlex
import shutil
import zipfile
from pathlib import Path

from tests.conftest import RunSaves
from tests.e2e.stories import KARA, KINGDOM, answer, codes, kingdom, refusal


def test_a_campaign_travels(run_saves: RunSaves, tmp_path: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "kingdom.zip"
    campaign_id = kingdom(here)
    made = answer(run_saves("export", KINGDOM, "-o", file, "--json", store=here))
    assert (made["campaign_id"], made["seq"], made["path"]) == (campaign_id, 3, str(file))
    assert made["bytes"] == file.stat().st_size
    with zipfile.ZipFile(file) as archive:
        assert len(archive.namelist()) == made["entries"]

    dry = answer(run_saves("import", file, "-n", "--json", store=there))
    assert (dry["dry_run"], dry["present"], dry["folder"]) == (True, False, campaign_id)
    assert not there.exists()
    done = answer(run_saves("import", file, "--json", store=there))
    assert done == {**dry, "dry_run": False}
    assert {(one["what"], one["action"]) for one in done["steps"]} == {("campaign", "add"), ("profile", "add")}
    loaded = answer(run_saves("campaign", "load", KINGDOM, "--json", store=there))
    assert loaded["characters"]["npc:zombie"]["hit_points_current"] == 14
    assert KARA in loaded["characters"]
    again = answer(run_saves("import", file, "--json", store=there))
    assert (again["present"], again["steps"]) == (True, [])


def test_it_is_told_in_words(run_saves: RunSaves, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    campaign_id = kingdom(here)
    made = run_saves("export", KINGDOM, "-o", tmp_path, "--folder", store=here)
    assert made.stdout.startswith("Exported The Lost Kingdom up to event 3: ")
    folder = tmp_path / campaign_id
    assert (folder / "manifest.json").exists()
    dry = run_saves("import", folder, "--dry-run", store=there)
    assert dry.stdout.startswith(f"Would import The Lost Kingdom as {campaign_id}: ")
    assert "profile character_profiles/pc.kara_stormwind.json: new" in dry.stdout
    assert run_saves("-q", "import", folder, store=there).stdout == f"{campaign_id}\n"
    assert "There is nothing to do." in run_saves("import", folder, store=there).stdout


def test_a_copied_folder_is_taken_in(run_saves: RunSaves, tmp_path: Path) -> None:
    campaign_id = kingdom(tmp_path / "here")
    done = run_saves("import", tmp_path / "here" / campaign_id, "--json", store=tmp_path / "there")
    assert codes(done) == ["profile_rebuilt", "profile_rebuilt"]
    assert {one["action"] for one in answer(done)["steps"]} == {"add", "rebuild"}


def test_a_folder_that_was_duplicated_is_kept_apart_as_the_hint_says(run_saves: RunSaves, tmp_path: Path) -> None:
    campaign_id = kingdom(tmp_path)
    shutil.copytree(tmp_path / campaign_id, tmp_path / f"{campaign_id} - Copy")
    assert "The Lost Kingdom (copy)" in run_saves("list", store=tmp_path).stdout
    (problem,) = answer(run_saves("check", "--json", store=tmp_path))["problems"]
    assert problem["code"] == "duplicate_campaign"
    merge, fork, remove = (line.partition(": saves ")[2] for line in problem["hint"].splitlines())
    assert run_saves(*shlex.split(merge), store=tmp_path).stdout == "Both copies are the same.\n"
    assert run_saves(*shlex.split(fork), store=tmp_path).exit_code == 0
    assert run_saves(*shlex.split(remove), "--yes", store=tmp_path).exit_code == 0
    assert answer(run_saves("check", "--json", store=tmp_path))["problems"] == []
    listed = answer(run_saves("list", "--json", store=tmp_path))
    assert {one["title"]: one["copy_of"] for one in listed} == {KINGDOM: None, "ANOTHER TITLE": None}


def test_another_version_is_a_conflict(run_saves: RunSaves, tmp_path: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "the 'Lost' {Kingdom}.zip"
    kingdom(here)
    run_saves("export", KINGDOM, "-o", file, store=here)
    run_saves("import", file, store=there)
    run_saves("campaign", "tag", KINGDOM, "x", store=there)
    error = refusal(run_saves("import", file, "--json", store=there), 4)
    assert error["code"] == "conflict"
    compare, merge, have_both = (shlex.split(line.partition(": saves ")[2]) for line in error["hint"].splitlines())
    assert run_saves(*compare, store=there).exit_code == run_saves(*merge, store=there).exit_code == 0
    assert have_both == ["import", "--as-copy", str(file)]
    assert refusal(run_saves("import", file, "-n", "--json", store=there), 4)["code"] == "conflict"
    copy = answer(run_saves(*have_both, "--json", store=there))
    assert copy["folder"] != copy["campaign_id"]
    listed = answer(run_saves("list", "--json", store=there))
    assert {one["campaign_id"] for one in listed} == {copy["campaign_id"], copy["folder"]}
    taken = refusal(run_saves("export", copy["folder"], "-o", file, "--json", store=there), 4)
    assert taken["code"] == "already_exists"


def test_what_is_no_bundle_is_refused(run_saves: RunSaves, tmp_path: Path) -> None:
    store = tmp_path / "s"
    (tmp_path / "x.zip").write_bytes(b"no zip")
    assert refusal(run_saves("import", tmp_path / "x.zip", "--json", store=store), 5)["code"] == "bad_bundle"
    assert refusal(run_saves("import", tmp_path / "nothing", "--json", store=store), 10)["code"] == "not_found"
    assert not store.exists()
    kingdom(store)
    assert refusal(run_saves("export", "nothing", "--json", store=store), 10)["hint"]


def test_a_campaign_is_put_away_and_brought_back(run_saves: RunSaves, tmp_path: Path) -> None:
    campaign_id = kingdom(tmp_path)
    other = kingdom(tmp_path, "Another")
    done = answer(run_saves("campaign", "archive", KINGDOM, "--json", store=tmp_path))
    assert done["path"] == str(tmp_path / "archive" / f"{campaign_id}.zip")
    assert done["before_bytes"] >= 2.5 * done["after_bytes"]
    assert [one["campaign_id"] for one in answer(run_saves("list", "--json", store=tmp_path))] == [other]
    listed = answer(run_saves("list", "--archived", "--sort", "title", "--json", store=tmp_path))
    assert [(one["title"], one["archived"]) for one in listed] == [("Another", False), (KINGDOM, True)]
    assert f"{KINGDOM} (archived)" in run_saves("campaign", "list", "--archived", store=tmp_path).stdout
    assert refusal(run_saves("campaign", "archive", KINGDOM, "--json", store=tmp_path), 10)
    back = answer(run_saves("campaign", "unarchive", KINGDOM, "--json", store=tmp_path))
    assert back.keys() == done.keys()
    assert back["path"] == str(tmp_path / campaign_id)
    assert answer(run_saves("campaign", "load", KINGDOM, "--json", store=tmp_path))["seq"] == 3
    assert refusal(run_saves("campaign", "unarchive", KINGDOM, "--json", store=tmp_path), 10)
    put_away = run_saves("campaign", "archive", KINGDOM, store=tmp_path)
    assert put_away.stdout.startswith("Archived The Lost Kingdom: ")
    assert run_saves("campaign", "unarchive", campaign_id, store=tmp_path).stdout.startswith("Brought back")
