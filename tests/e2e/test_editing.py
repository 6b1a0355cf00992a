"""`edit` of presets, profiles and documents, `preset new|check|revert` and `profile reapply`, with an editor."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.cli.main import main
from gamesaves.disk import files
from tests.conftest import Result
from tests.e2e.editors import Editor
from tests.e2e.processes import terminal
from tests.e2e.stories import KARA, answer, kingdom, refusal
from tests.integration.stores import PROFILES, Sealed, read

LEVEL = {'"level": 2': '"level": "one"', '"strength": 12': '"strength": -1'}
FILE = "pc.kara_stormwind.json"
on_unix = pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "saves"


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    made = Editor(tmp_path)
    for name, value in made.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("NO_COLOR", "1")
    return made


class Saves:
    """The command in this process, with a real editor in another."""

    def __init__(self, root: Path, capture: pytest.CaptureFixture[str]) -> None:
        self._root = root
        self._capture = capture

    def __call__(self, *args: str) -> Result:
        code = main(["--store", str(self._root), *args])
        shown = self._capture.readouterr()
        return Result(code, shown.out, shown.err)


@pytest.fixture
def saves(root: Path, capfd: pytest.CaptureFixture[str]) -> Saves:
    return Saves(root, capfd)


def left_behind(folder: Path) -> list[Path]:
    return list(folder.glob("saves-edit-*"))


def test_a_preset_is_edited_checked_and_reverted(saves: Saves, editor: Editor, root: Path) -> None:
    mine = root / "presets" / "characters" / "wolf.json"
    editor.will(
        {}, {"replace": LEVEL}, {"replace": LEVEL}, {"replace": {'"Wolf"': '"狼"'}}, {"replace": {"    ": "  "}}
    )
    same = answer(saves("preset", "edit", "wolf", "--json"))
    assert (same["saved"], same["changed"], root.exists()) == (False, {}, False)
    assert editor.file.name == "wolf.json"
    assert left_behind(root.parent) == []

    error = refusal(saves("preset", "edit", "wolf", "--json"), 5)
    kept = Path(error["path"])
    assert str(kept) in error["hint"]
    assert (kept.parent, kept.name) == (mine.parent, "wolf.json.rejected")
    assert not mine.exists()
    told = saves("preset", "edit", "wolf")
    assert told.exit_code == 5
    assert f"What you wrote is kept in {kept}-2" in told.stderr
    assert "level: must be" in told.stderr
    checked = answer(saves("preset", "check", "--kind", "characters", "wolf", str(kept), "--json"), 5)
    assert {Path(one["path"]).name for one in checked["problems"]} == {"wolf.json.rejected"}
    assert saves("preset", "check").exit_code == 0

    done = saves("preset", "edit", "Wolf")
    assert "The shipped preset stays as it is" in done.stdout
    assert "name  狼" in done.stdout
    assert "saves preset revert wolf" in done.stdout
    assert read(mine)["name"] == "狼"
    assert "Only the form" in saves("preset", "edit", "狼").stdout
    assert editor.left == 0

    assert answer(saves("preset", "revert", "wolf", "-n", "--json"))["overrides"] == ["shipped"]
    assert refusal(saves("preset", "revert", "wolf", "--json"), 2)["code"] == "usage"
    assert answer(saves("preset", "revert", "wolf", "--yes", "--json"))["kept_in"]
    assert not mine.exists()
    assert refusal(saves("preset", "revert", "wolf", "--yes", "--json"), 10)["code"] == "not_found"
    saves("undo")
    assert read(mine)["name"] == "狼"


def test_a_new_preset_is_written_and_not_opened_away_from_a_terminal(saves: Saves, editor: Editor, root: Path) -> None:
    editor.will({})
    made = answer(saves("preset", "new", "雪女", "--from", "wolf", "--json"))
    assert (read(Path(made["path"]))["name"], made["kind"]) == ("雪女", "characters")
    slime = answer(saves("preset", "new", "monsters/green_slime", "--json"))
    assert (slime["name"], slime["path"]) == ("Green Slime", str(root / "presets" / "monsters" / "green_slime.json"))
    assert refusal(saves("preset", "new", "wolf", "--json"), 4)["hint"] == "Edit it: saves preset edit wolf"
    assert refusal(saves("preset", "new", "Tom", "--from", "nobody", "--json"), 10)
    assert refusal(saves("preset", "new", "KIND!/tom", "--json"), 2)
    assert "Made Tom" in saves("preset", "new", "Tom", "--no-edit").stdout
    assert "Made R1" in saves("preset", "new", "recommendations/r1", "--no-edit").stdout
    for verb in (["show"], ["check"], ["revert", "-n"]):
        assert saves("preset", *verb, "recommendations/r1").exit_code == 0, verb
    hint = refusal(saves("preset", "edit", "adventurer", "--json"), 10)["hint"]
    assert hint == "There is one of another kind: classes/adventurer"
    hint = refusal(saves("preset", "show", "voices/zzz", "--json"), 10)["hint"]
    assert hint == "List what there is: saves preset list --kind voices"
    assert editor.left == 1


def test_a_profile_is_edited_and_given_back_its_preset(saves: Saves, editor: Editor, root: Path) -> None:
    kingdom(root)
    file = root / PROFILES / FILE
    cloak = {"replace": {'"attire": "': '"attire": "A cloak over a '}}
    editor.will(
        {**cloak, "meanwhile": {str(file): {"pose": "at rest", "own": [1]}}},
        {**cloak, "meanwhile": {str(file): {"attire": "Rags"}}},
        {"replace": {'"uid": "': '"uid": "x', '"base_level": 3': '"base_level": true'}},
        {"replace": {"Kara": "Cara"}, "exit": 2},
        {"exit": 2},
        {"gone": True},
    )
    done = answer(saves("profile", "edit", "kara_stormwind", "--json"))
    assert done["changed"]["attire"].startswith("A cloak")
    assert (read(file)["pose"], read(file)["own"]) == ("at rest", [1])
    conflict = refusal(saves("profile", "edit", KARA, "--json"), 4)
    assert (conflict["code"], read(file)["attire"]) == ("conflict", "Rags")
    assert (file.parent / f"{FILE}.rejected").exists()
    before = file.read_bytes()
    assert refusal(saves("profile", "edit", KARA, "--json"), 5)["line"]
    failed = saves("profile", "edit", KARA)
    assert (failed.exit_code, "exit code 2" in failed.stderr) == (1, True)
    assert "What you wrote is kept in" in failed.stderr
    assert "kept" not in saves("profile", "edit", KARA).stderr
    assert saves("profile", "edit", KARA).exit_code == 1
    assert file.read_bytes() == before
    assert left_behind(root.parent) == []

    would = answer(saves("profile", "reapply", KARA, "--dry-run", "--json"))
    assert would["changed"].keys() == {"attire", "pose"}
    assert refusal(saves("profile", "reapply", KARA, "--json"), 2)["code"] == "usage"
    assert file.read_bytes() == before
    asked = saves("profile", "reapply", KARA, "--only", "attire", "--yes")
    assert "To take it back: saves undo" in asked.stdout
    assert (read(file)["attire"] != "Rags", read(file)["pose"]) == (True, "at rest")
    assert answer(saves("profile", "reapply", KARA, "wolf", "-n", "--json"))["changed"]["preset_id"] == "wolf"


def test_a_document_of_a_campaign_is_edited_while_it_is_closed_and_while_it_is_played(
    saves: Saves, editor: Editor, root: Path
) -> None:
    campaign_id = kingdom(root)
    editor.will(
        {"replace": {'"hit_points_current": 14': '"hit_points_current": 5'}},
        {"replace": {'"hit_points_current": 5': '"hit_points_current": 6'}},
        {"replace": {'"revision": "': '"revision": "9'}},
    )
    done = answer(saves("campaign", "edit", "the lost kingdom", "zombie", "--json"))
    assert (done["document"], done["changed"]["hit_points_current"]) == ("characters/npc:zombie", 5)
    assert "history restore" in done["notes"][0]
    with SaveStore(root) as store, store.campaigns.open(campaign_id) as campaign:
        played = saves("campaign", "edit", campaign_id, "npc:zombie")
        assert "takes the edit in" in played.stdout
        assert "is open in" in played.stdout
        refused = saves("campaign", "edit", campaign_id, "zombie")
        assert (refused.exit_code, "revision: it cannot be changed" in refused.stderr) == (5, True)
        with campaign.turn("A blow") as turn:
            turn.character("npc:zombie").take_damage(1)
        assert campaign.characters["npc:zombie"].hit_points_current == 5
        assert [event.kind for event in campaign.history(limit=2)] == ["external_edit", "turn"]
    assert refusal(saves("campaign", "edit", campaign_id, "frodo", "--json"), 10)["hint"].startswith("There are: ")
    assert editor.left == 0


def test_a_state_that_was_edited_is_shown_as_any_other_field(saves: Saves, editor: Editor, root: Path) -> None:
    campaign_id = kingdom(root)
    with SaveStore(root) as store, store.campaigns.open(campaign_id) as campaign:
        with campaign.turn("A door") as turn:
            turn.document("door").update(state="shut", previous=1)
        run_id = campaign.start_run(KARA).run_id
    editor.will(
        {"replace": {'"shut"': '"open"', '"previous": 1': '"previous": 2'}},
        {"replace": {'"state": "active"': '"state": "paused"'}},
    )
    door = answer(saves("campaign", "edit", campaign_id, "documents/door", "--json"))
    assert door["changed"] == {"state": "open", "previous": 2}
    assert answer(saves("campaign", "edit", campaign_id, f"runs/{run_id}", "--json"))["changed"] == {"state": "paused"}


def test_where_nothing_can_be_written_what_was_written_stays_in_the_copy(
    saves: Saves, editor: Editor, root: Path
) -> None:
    kingdom(root)
    editor.will({"replace": {'"race": "human"': '"race": "elf"'}})
    file = root / PROFILES / FILE
    before = file.read_bytes()
    with files.using(Sealed(root / PROFILES)):
        told = saves("profile", "edit", KARA)
    assert told.exit_code == 1
    assert file.read_bytes() == before
    (folder,) = left_behind(root.parent)
    assert f"What you wrote is kept in {folder / FILE}" in told.stderr
    assert read(folder / FILE)["race"] == "elf"


def test_an_editor_that_is_none_is_named(saves: Saves, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    for command, words in ((("no-such-editor --wait"), "could not be started"), ("'half", "cannot be understood")):
        monkeypatch.setenv("VISUAL", command)
        assert words in saves("preset", "edit", "wolf").stderr
    monkeypatch.delenv("VISUAL")
    monkeypatch.setenv("EDITOR", " ")
    error = refusal(saves("preset", "edit", "wolf", "--json"), 1)
    assert "VISUAL or EDITOR" in error["message"]
    assert "EDITOR=nano" in error["hint"]
    assert not root.exists()


@on_unix
def test_a_person_is_asked_until_nothing_is_wrong(editor: Editor, root: Path) -> None:
    kingdom(root)
    file = root / PROFILES / FILE
    wrong: dict[str, Any] = {"replace": {'"base_level": 3': '"base_level": "three"', '"uid": "': '"uid": "x'}}
    mended = {"replace": {'"base_level": "three"': '"base_level": 4', '"uid": "x': '"uid": "'}}
    editor.will(
        wrong, mended | {"meanwhile": {str(file): {"base_level": 7}}}, {}, {"replace": {'"uid": "': '"uid": "x'}}
    )
    with terminal(root, "profile", "edit", KARA, variables=editor.variables) as screen:
        assert "base_level: must be" in screen.wait_for("(e)dit again, (d)iscard, or (k)eep it beside the file?")
        screen.type("\n")
        screen.wait_for("somebody else has changed this meanwhile, too: base_level")
        screen.wait_for("(k)eep")
        screen.type("edit\n")
        screen.wait_for("base_level  4")
        assert screen.ended() == 0
    assert read(file)["base_level"] == 4
    with terminal(root, "profile", "edit", KARA, variables=editor.variables) as screen:
        screen.wait_for("(k)eep")
        screen.type("d\n")
        screen.wait_for("Nothing has been changed")
        assert screen.ended() == 0
    assert list(file.parent.glob("*.rejected*")) == []


@on_unix
def test_whoever_presses_control_c_loses_nothing(editor: Editor, root: Path) -> None:
    editor.will(
        {"replace": {'"Mira"': '"Mira the Quiet"'}}, {"replace": LEVEL}, {"replace": {'"Wolf"': '"狼"'}, "wait": True}
    )
    usual = {"EDITOR": "", "PATH": str(editor.named("nano"))}
    with terminal(root, "preset", "new", "Mira", variables=usual) as screen:
        screen.wait_for("name  Mira the Quiet")
        assert screen.ended() == 0
    with terminal(root, "preset", "edit", "wolf", variables=editor.variables) as screen:
        screen.wait_for("(k)eep it beside the file?")
        assert screen.interrupted() == 130
    with terminal(root, "preset", "edit", "wolf", variables=editor.variables) as screen:
        screen.wait_for("it waits")
        assert screen.interrupted() == 130
    kept = root / "presets" / "characters" / "wolf.json.rejected"
    assert json.loads(kept.read_bytes())["level"] == "one"
    assert read(kept.with_name("wolf.json.rejected-2"))["name"] == "狼"
    assert left_behind(root.parent) == []
