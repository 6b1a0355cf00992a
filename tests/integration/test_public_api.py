"""What games import, and what importing costs."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

import gamesaves
from gamesaves import SaveStore, errors
from gamesaves.errors import SavesError, StoreNotFound
from tests.integration.stores import Clock, in_child, read

EXIT_CODES = {
    "unmerged": 4,
    "failed": 1,
    "not_found": 10,
    "ambiguous": 2,
    "already_exists": 4,
    "not_undoable": 1,
    "invalid_name": 2,
    "invalid": 5,
    "newer_format": 13,
    "damaged": 5,
    "read_only": 1,
    "diverged": 4,
    "flush_failed": 1,
    "locked": 11,
    "lock_unavailable": 1,
    "no_space": 12,
    "io_error": 1,
    "outside_store": 5,
    "not_a_picture": 5,
    "conflict": 4,
    "bad_bundle": 5,
    "missing_extra": 1,
    "invalid_value": 2,
    "turn_required": 1,
    "closed": 1,
}


def error_classes() -> list[type[SavesError]]:
    return [one for _, one in inspect.getmembers(errors, inspect.isclass) if issubclass(one, SavesError)]


@pytest.mark.parametrize("name", gamesaves.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(gamesaves, name)
    assert value is getattr(gamesaves, name) or name == "__version__"
    assert name == "__version__" or inspect.getdoc(value)
    assert name in dir(gamesaves)


def test_the_public_names_are_those_that_games_were_promised() -> None:
    assert set(gamesaves.__all__) >= {
        *("Campaign", "CampaignSummary", "Character", "CharacterInfo", "CharacterProfile", "Commit", "Draft"),
        *("EnrichedCharacter", "Event", "ItemInfo", "PendingCommit", "PortraitGenerator", "Problem", "SaveStore"),
        *("SavesError", "Turn", "__version__", "errors"),
    }
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", gamesaves.__version__)
    with pytest.raises(AttributeError, match="no attribute 'SaveShop'"):
        _ = gamesaves.SaveShop


def test_what_an_open_campaign_offers_is_documented() -> None:
    for public in (gamesaves.Campaign, gamesaves.Turn, gamesaves.SaveStore, gamesaves.Character):
        for name, member in vars(public).items():
            if not name.startswith("_") and not name.startswith("model_"):
                assert inspect.getdoc(member), f"{public.__name__}.{name}"


@pytest.mark.parametrize(
    ("use", "spared"),
    [
        ("import gamesaves", ["pydantic", "click", "platformdirs", "anyascii", "watchdog", "filelock", "asyncio"]),
        ("from gamesaves import SaveStore; SaveStore('x')", ["pydantic", "click", "platformdirs", "watchdog"]),
        ("from gamesaves import SaveStore; SaveStore('x').campaigns.list()", ["pydantic", "click", "filelock"]),
        ("import gamesaves; gamesaves.errors.NotFound; gamesaves.SavesError", ["pydantic", "click"]),
    ],
)
def test_nothing_is_imported_before_it_is_needed(tmp_path: Path, use: str, spared: list[str]) -> None:
    import subprocess
    import sys

    script = f"import sys\nbefore = set(sys.modules)\n{use}\nprint(*sorted(set(sys.modules) - before))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "gamesaves" in loaded
    assert not loaded & set(spared)
    assert list(tmp_path.iterdir()) == []


# Where stores are

FOR_GAME = (
    "store = SaveStore.for_game(*sys.argv[1:])\n"
    "store.campaigns.create('Begun').close()\n"
    "import platformdirs\n"
    "print(json.dumps([str(store.root), platformdirs.user_data_dir('gamesaves', False)]))\n"
)


def homes(tmp_path: Path) -> dict[str, str]:
    variables = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_DATA_HOME", "XDG_CONFIG_HOME")
    return dict.fromkeys(variables, str(tmp_path))


def test_a_store_of_a_game_is_in_the_platforms_folder_and_on_the_list(tmp_path: Path) -> None:
    root, data = json.loads(in_child(FOR_GAME, "My Game", "My Studio", env=homes(tmp_path)))
    assert Path(root).is_relative_to(tmp_path)
    assert "My Game" in root
    assert (Path(root) / "store.json").is_file()
    assert read(Path(data) / "stores.json")["stores"] == [{"game": "My Game", "path": root}]
    for game, studio in (("My Game", "My Studio"), ("Other Game", "My Studio"), ("My Game", "My Studio")):
        in_child(FOR_GAME, game, studio, env=homes(tmp_path))
    assert [row["game"] for row in read(Path(data) / "stores.json")["stores"]] == ["My Game", "Other Game"]
    assert len(SaveStore(root).campaigns.list()) == 3


def test_however_a_store_is_opened_it_takes_the_clocks_and_presets_of_the_game(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in homes(tmp_path).items():
        monkeypatch.setenv(variable, value)
    seconds = iter(range(0, 1000, 7))
    options: dict[str, Any] = {"clock": Clock(), "monotonic": lambda: float(next(seconds)), "presets": tmp_path}
    with SaveStore.for_game("Timed", **options) as store, store.campaigns.create("X") as campaign:
        campaign.start_session()
        campaign.turn().commit()
        assert [one.playtime_seconds for one in campaign.sessions.values()] == [7]
    made = store.backup(tmp_path / "backups")
    restored = SaveStore.from_backup(made.backup.path, tmp_path / "copy", **options)
    with restored, restored.campaigns.open("X") as campaign:
        campaign.turn().commit()
        assert [one.playtime_seconds for one in campaign.sessions.values()] == [14]


@pytest.mark.parametrize("content", ["{", '{"stores": [5]}', "[]"])
def test_a_broken_list_of_stores_does_not_keep_a_game_from_its_saves(tmp_path: Path, content: str) -> None:
    root, data = json.loads(in_child(FOR_GAME, "My Game", env=homes(tmp_path)))
    (Path(data) / "stores.json").write_text(content)
    assert json.loads(in_child(FOR_GAME, "My Game", env=homes(tmp_path)))[0] == root
    assert (Path(data) / "stores.json").read_text() == content, "what cannot be read is left as it is"


def test_a_store_reads_neither_the_environment_nor_the_home_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    script = (
        "with SaveStore(sys.argv[1]) as store:\n"
        "    with store.campaigns.create('Here', characters=['kara_stormwind']) as campaign:\n"
        "        with campaign.turn() as turn: turn.character('pc:kara_stormwind').take_damage(1)\n"
    )
    env = homes(home) | {"SAVES_STORE": str(home / "store")}
    in_child(script, tmp_path / "store", env=env)
    assert not home.exists()


def test_a_relative_path_stays_where_it_was_when_the_program_changes_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    store = SaveStore("saves")
    monkeypatch.chdir(tmp_path / "elsewhere")
    store.create()
    assert (tmp_path / "saves" / "store.json").is_file()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreNotFound) as refused:
        SaveStore(tmp_path / "file")
    assert refused.value.path == str(tmp_path / "file")


def test_what_lies_in_a_folder_already_stays_when_a_store_is_made_in_it(tmp_path: Path) -> None:
    (tmp_path / "README.txt").write_text("mine")
    SaveStore(tmp_path).create()
    assert (tmp_path / "README.txt").read_text() == "mine"


# Errors


@pytest.mark.parametrize("kind", error_classes())
def test_every_error_has_a_code_an_exit_code_and_a_sentence_for_the_player(kind: type[SavesError]) -> None:
    assert EXIT_CODES[kind.code] == kind.exit_code
    assert re.fullmatch(r"[A-Z][^{}]+\.", kind.player_message)
    assert len(kind.player_message) < 130
    assert kind.__doc__
    assert issubclass(kind, Exception)


def test_no_two_errors_mean_the_same() -> None:
    meanings = [(one.code, one.__doc__) for one in error_classes()]
    assert len({doc for _, doc in meanings}) == len(meanings)
    codes = [code for code, _ in meanings]
    assert sorted({code for code in codes if codes.count(code) > 1}) == ["not_found"], "a store is found or not, too"
    assert set(codes) == set(EXIT_CODES)


def test_an_error_shows_its_place_as_editors_do_and_becomes_a_problem() -> None:
    error = SavesError("it is odd", path=Path("a/b.json"), line=3, column=7, hint="Look.")
    assert str(error) == f"{Path('a/b.json')}:3:7: it is odd"
    problem = error.as_problem("warning")
    assert (problem.severity, problem.code, problem.line, problem.column) == ("warning", "failed", 3, 7)
    assert (problem.hint, str(problem)) == ("Look.", str(error))
    assert str(SavesError("alone")) == "alone"
