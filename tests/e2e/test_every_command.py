"""What is true of every command there is."""

import json
import sys
from pathlib import Path

import click
import pytest

from gamesaves.cli.base import Command, Group, commands
from gamesaves.cli.main import COMMANDS, main, saves

PAGE = Path(__file__).parents[2] / "docs" / "command.md"
ALL = dict(commands(click.Context(saves, info_name="saves")))
VERBS = {path: command for path, command in ALL.items() if not isinstance(command, click.Group)}


def test_there_are_commands() -> None:
    assert len(VERBS) > 25
    assert all(isinstance(command, Command | Group) for command in ALL.values())


@pytest.mark.parametrize("path", ALL)
def test_it_has_help(path: str) -> None:
    command = ALL[path]
    assert command.help
    sentence = command.get_short_help_str(limit=200)
    assert sentence.endswith(".")
    longest = 80 - 6 - max(len(one.split()[-1]) for one in ALL if one.count(" ") == path.count(" "))
    assert len(sentence) <= max(longest, 58), f"{path}: the first sentence is cut off in the list of commands"
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path}: {parameter.name}"


@pytest.mark.parametrize("path", VERBS)
def test_it_has_an_example(path: str) -> None:
    command = VERBS[path]
    assert isinstance(command, Command)
    assert command.example is not None
    assert command.example.startswith((path, "saves list" if path == "saves campaign list" else path))


@pytest.mark.parametrize("path", VERBS)
def test_it_takes_json(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = path.split()[1:]
    assert main([*words, "--frobnicate", "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert (document["ok"], document["error"]["code"]) == (False, "usage")
    assert main([*words, "--json", "--help"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["data"]["help"].startswith(f"Usage: {path}")


@pytest.mark.parametrize("path", VERBS)
def test_it_is_on_the_page(path: str) -> None:
    assert f"saves {path.removeprefix('saves ')}" in PAGE.read_text(encoding="utf-8")


def test_the_list_says_what_the_commands_say() -> None:
    entries = {name: entry.help for section in COMMANDS.values() for name, entry in section.items()}
    for name, text in entries.items():
        assert ALL[f"saves {name}"].get_short_help_str(limit=200) == text


@pytest.mark.skipif(sys.platform == "win32", reason="the names of the variables differ")
def test_nothing_is_written_by_asking_for_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ALL:
        main([*path.split()[1:], "--help"])
    assert list(tmp_path.iterdir()) == []
