"""`saves watch`: lines while it runs, or one document at the end."""

import itertools
import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from tests.conftest import RunSaves
from tests.e2e.processes import COMMAND, environment, terminal
from tests.e2e.stories import KARA, refusal

PROFILE = "pc.kara_stormwind.json"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with SaveStore(tmp_path / "saves") as store:
        store.profiles.save(store.presets.draft("kara_stormwind"))
    return tmp_path / "saves"


def edit(root: Path, old: str, new: str) -> None:
    path = root / "character_profiles" / PROFILE
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of POSIX")
def test_changes_are_printed_until_ctrl_c_which_is_the_normal_end(root: Path) -> None:
    with terminal(root, "watch") as shown:
        shown.wait_for("Ctrl-C ends it.")
        edit(root, '"Kara Stormwind"', '"Kara the Grey"')
        assert "profile pc:kara_stormwind" in shown.wait_for("name\r\n")
        edit(root, '"Kara the Grey"', "'Kara'")
        assert "cannot be used" in shown.wait_for("hint:")
        assert shown.interrupted() == 0
        assert "2 changes." in shown.shown


def test_with_json_there_is_one_document_at_the_end(root: Path) -> None:
    command = [*COMMAND, "--store", str(root), "watch", "--poll", "0.1", "--for", "2", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(root.parent)) as process:
        # It says nothing until its end, so it is edited until then.
        for number in itertools.count():
            edit(root, f"Kara {number}" if number else "Kara Stormwind", f"Kara {number + 1}")
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
                break
        assert process.stdout is not None
        document: Any = json.loads(process.stdout.read())
    assert process.returncode == 0
    assert (document["ok"], document["warnings"]) == (True, [])
    assert document["data"]["changes"][0] == {
        "what": "profile",
        "id": KARA,
        "path": str(root / "character_profiles" / PROFILE),
        "fields": ["name"],
        "new": False,
        "gone": False,
        "kind": None,
        "campaign_id": None,
        "universe_id": None,
        "problem": None,
    }


def test_what_cannot_be_watched_is_refused(run_saves: RunSaves, root: Path, tmp_path: Path) -> None:
    assert refusal(run_saves("watch", "--json", store=tmp_path / "nowhere"), 10)["code"] == "not_found"
    assert refusal(run_saves("watch", "--poll", "0", "--json", store=root), 2)["code"] == "invalid_value"
    quiet = run_saves("watch", "--for", "0", "-q", store=root)
    assert (quiet.exit_code, quiet.stdout, quiet.stderr) == (0, "", "")
