"""`saves repair`: a plan, the question, what is lost, and back again."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunSaves

STORAGE = Path(__file__).parents[2] / "storage"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    shutil.copytree(STORAGE, tmp_path / "saves")
    return tmp_path / "saves"


def bytes_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_damaged_campaign_is_mended_and_taken_back(run_saves: RunSaves, store: Path) -> None:
    name = "campaign_the_drowned_bell_59pv"
    log = store / name / "log.jsonl"
    log.write_bytes(log.read_bytes()[:-900])
    before = bytes_of(store / name)
    assert run_saves("check", store=store).exit_code == 5
    planned = run_saves("repair", "The Drowned Bell", "-n", "--json", store=store)
    plan: dict[str, Any] = planned.json()["data"]
    assert planned.exit_code == 0
    assert bytes_of(store / name) == before
    asked = run_saves("repair", "The Drowned Bell", store=store)
    assert (asked.exit_code, bytes_of(store / name)) == (2, before)
    assert "--yes" in asked.stderr
    assert "log.jsonl: rebuilt" in asked.stdout
    done = run_saves("repair", "The Drowned Bell", "--yes", "--json", store=store)
    data = done.json()["data"]
    assert (done.exit_code, data["steps"]) == (0, plan["steps"])
    assert (plan["dry_run"], plan["kept_in"], data["dry_run"]) == (True, [], False)
    assert any("2 turns after 19:40" in (one["lost"] or "") for one in data["steps"])
    checked = run_saves("check", "--json", store=store).json()["data"]
    assert (checked["problems"], checked["set_aside"]["count"]) == ([], 1)
    assert "nothing to mend" in run_saves("repair", store=store).stdout
    (kept,) = data["kept_in"]
    assert run_saves("undo", Path(kept).parent.name, store=store).exit_code == 0
    assert bytes_of(store / name) == before


def test_what_cannot_be_mended_is_said(run_saves: RunSaves, store: Path) -> None:
    (store / "campaign_empty_abcd").mkdir()
    done = run_saves("repair", "--yes", "--json", store=store)
    document = done.json()
    assert (done.exit_code, document["data"]["steps"]) == (3, [])
    assert document["warnings"][0]["path"].endswith("campaign_empty_abcd")
    told = run_saves("repair", "--yes", store=store)
    assert (told.exit_code, told.stdout.strip()) == (3, "There is nothing that can be mended.")
    missing = run_saves("repair", "The Drowned Ball", "--json", store=store)
    assert (missing.exit_code, missing.json()["error"]["code"]) == (10, "not_found")
