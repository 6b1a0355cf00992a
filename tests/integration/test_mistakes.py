"""Files broken as people break them: each mistake is told at its place, in words, and all of a file's at once.

The files are in `tests/data/broken`; `expected.json` there says for each why somebody would write it, and what has to
be told: lines and columns from 1, and words that must be in the message or the hint.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gamesaves import Problem, SaveStore
from gamesaves.cli.main import main
from gamesaves.errors import InvalidDocument
from gamesaves.services.filechecks import preset_problems, profile_problems

BROKEN = Path(__file__).parents[1] / "data" / "broken"
CASES: list[dict[str, Any]] = json.loads((BROKEN / "expected.json").read_text(encoding="utf-8"))
CAMPAIGN = "campaign/"
ALONE = ("campaign_data", "slots")
"""Documents of which a campaign has one: each needs a campaign of its own."""


@dataclass(frozen=True)
class Checked:
    """A store with all broken files in it, and what checking it has told."""

    root: Path
    places: dict[str, Path]
    problems: dict[str, list[Problem]]


def put(store: SaveStore, file: str, campaign: Path) -> Path:
    """Copy a broken file to where it belongs; return that place."""
    source, inside = BROKEN / file, file.removeprefix(CAMPAIGN)
    kind = inside.split("/")[0]
    if inside == file:
        target = store.root / file
    elif kind in ALONE:
        with store.campaigns.create(inside) as opened:
            target = opened.folder / f"{kind}.json"
    else:
        target = campaign / inside
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return target


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    root = tmp_path_factory.mktemp("broken") / "saves"
    with SaveStore(root) as store:
        with store.campaigns.create("Whole") as opened:
            pass
        places = {case["file"]: put(store, case["file"], opened.folder) for case in CASES}
    problems: dict[str, list[Problem]] = {}
    for problem in SaveStore(root).check():
        problems.setdefault(problem.path, []).append(problem)
    return Checked(root, places, problems)


def test_there_are_sixty_and_each_file_is_on_the_list() -> None:
    files = {path.relative_to(BROKEN).as_posix() for path in BROKEN.rglob("*") if path.is_file()}
    assert files == {"expected.json", *(case["file"] for case in CASES)}
    assert len(CASES) >= 60
    assert all(case["reason"] and case["errors"] for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_every_mistake_is_told_at_its_place(checked: Checked, case: dict[str, Any]) -> None:
    path = checked.places[case["file"]]
    told = checked.problems[str(path)]
    places = [(one.severity, one.line, one.column) for one in told]
    assert places == [(one.get("severity", "error"), one["line"], one["column"]) for one in case["errors"]], told
    for problem, expected in zip(told, case["errors"], strict=True):
        words = f"{problem.message}\n{problem.hint}"
        assert [one for one in expected["says"] if one not in words] == [], words
        assert problem.hint
        assert "pydantic" not in words
        assert problem.source is not None
        assert 1 <= expected["column"] <= len(problem.source) + 1
    assert path.read_bytes() == (BROKEN / case["file"]).read_bytes(), "looking changes nothing"


def test_what_the_command_shows_of_a_file(
    checked: Checked, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    path = checked.places["presets/characters/level_in_words.json"]
    assert main(["--store", str(checked.root), "preset", "draft", "level_in_words"]) == 5
    shown = capsys.readouterr().err
    assert shown.startswith(f'error: {path}:6:12: level: must be at least 1, not "three"\n')
    assert '    6 |   "level": "three",\n      |            ^\n  hint: Write a whole number, without quotes.\n' in shown
    assert [line.split(": ")[1] for line in shown.splitlines() if line.startswith("error: ")] == [
        f"{path}:{place}" for place in ("6:12", "7:15", "9:44", "9:63")
    ]

    assert main(["--store", str(checked.root), "preset", "draft", "level_in_words", "--json"]) == 5
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["line"], error["column"]) == (6, 12)
    assert error["message"] == 'level: must be at least 1, not "three" (and 3 more)'
    assert error["errors"][0] == {
        "message": 'level: must be at least 1, not "three"',
        "line": 6,
        "column": 12,
        "pointer": "/level",
        "hint": "Write a whole number, without quotes.",
        "source": '  "level": "three",',
    }
    assert [one["pointer"] for one in error["errors"]][-1] == "/inventory/sword/quantity"


@pytest.mark.parametrize("file", ["misspelt.json", "trailing_comma.json", "types.yaml", "tab_in_text.json"])
def test_what_the_check_of_a_store_shows(checked: Checked, capsys: pytest.CaptureFixture[str], file: str) -> None:
    assert main(["--store", str(checked.root), "check"]) == 5
    shown = capsys.readouterr().out.splitlines()
    for problem in checked.problems[str(checked.places[f"presets/characters/{file}"])]:
        at = shown.index(f"{problem.severity}: {problem}")
        assert problem.source is not None
        line, mark = shown[at + 1 : at + 3]
        assert line == f"{problem.line:>5} | {problem.source.replace(chr(9), '    ')}"
        assert mark.rstrip("^").replace("|", " ").isspace()
        assert line[len(mark) - 1 :].startswith(problem.source.expandtabs(4)[(problem.column or 0) - 1 :][:1])


def test_a_text_that_is_not_in_a_file_yet_is_checked_the_same_way(checked: Checked) -> None:
    """As an editor's text is, before it is put in place."""
    for case in CASES:
        path = checked.places[case["file"]]
        if case["file"].startswith("presets/"):
            assert preset_problems(path.read_bytes(), Path("x") / path.name, path.parent.name) == [
                _moved(one) for one in checked.problems[str(path)]
            ]
        elif case["file"].startswith("character_profiles/"):
            who = path.stem.replace(".", ":")
            assert len(profile_problems(path.read_bytes(), path, who)) == len(case["errors"])


def _moved(problem: Problem) -> Problem:
    from dataclasses import replace

    return replace(problem, path=str(Path("x") / Path(problem.path).name))


def test_an_error_tells_of_the_first_mistake_and_carries_all(checked: Checked) -> None:
    with pytest.raises(InvalidDocument) as caught:
        SaveStore(checked.root).presets.draft("single_quotes")
    error = caught.value
    assert str(error) == f"{error.path}:2:3: {error.mistakes[0].message} (and 2 more)"
    assert [(one.line, one.column) for one in error.mistakes] == [(2, 3), (2, 11), (3, 3)]
    assert [one.message for one in error.as_problems()] == [one.message for one in error.mistakes]
    lone = InvalidDocument("it is odd", path="x", line=2, column=3)
    assert [(one.message, one.line, one.column) for one in lone.mistakes] == [("it is odd", 2, 3)]
