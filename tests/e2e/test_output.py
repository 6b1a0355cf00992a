"""How the command speaks: JSON, colours, wide characters, readers that go away, bugs."""

import errno
import json
import shlex
import subprocess
from pathlib import Path

import pytest

from gamesaves import SaveStore
from gamesaves.cli.main import main
from gamesaves.cli.text import columns
from gamesaves.disk import files
from tests.conftest import RunSaves
from tests.e2e.processes import COMMAND, environment
from tests.e2e.stories import KINGDOM, answer, kingdom, refusal
from tests.unit.systems import Faulty


def test_common_options_stand_before_or_behind(run_saves: RunSaves, tmp_path: Path) -> None:
    root = str(tmp_path / "s")
    kingdom(tmp_path / "s")
    for args in (
        ["--json", "--store", root, "campaign", "list"],
        ["campaign", "--json", "list", "--store", root],
        ["campaign", "list", "--json", "--store", root],
        ["--store", "nowhere", "campaign", "list", "--json", f"--store={root}"],
    ):
        assert len(answer(run_saves(*args))) == 1, args


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["frobnicate"], "there is no command 'frobnicate'"),
        (["campaign", "frobnicate"], "there is no command 'frobnicate'"),
        (["list", "--frobnicate"], "no such option"),
        (["--frobnicate"], "no such option"),
        (["list", "--limit", "x"], "invalid value for '--limit'"),
        (["list", "--limit"], "'--limit' requires an argument"),
        (["campaign", "create"], "missing argument 'TITLE'"),
        (["list", "surplus"], "unexpected extra argument"),
        (["completion", "cmd"], "invalid value for"),
        (["run", "complete", "x"], "missing option '--trigger'. Choose from: retirement, death, story_resolution,"),
        (["help", "frobnicate"], "there is no command 'frobnicate'"),
        (["--store"], "'--store' requires an argument"),
    ],
)
def test_wrong_usage(run_saves: RunSaves, args: list[str], message: str) -> None:
    error = refusal(run_saves("--json", *args), 2)
    assert error["code"] == "usage"
    assert message in error["message"].replace('"', "'"), error
    text = run_saves(*args)
    assert (text.exit_code, text.stdout) == (2, "")
    assert text.stderr.startswith("error: ")
    assert "\n  hint: " in text.stderr


def test_a_command_that_was_meant(run_saves: RunSaves) -> None:
    assert refusal(run_saves("lst", "--json"), 2)["hint"] == "Did you mean saves list?"
    assert "saves campaign show" in refusal(run_saves("show", "x", "--json"), 2)["hint"]


def test_help_and_version(run_saves: RunSaves) -> None:
    text = run_saves("--help").stdout
    assert run_saves().stdout == text
    assert answer(run_saves("--help", "--json"))["help"].strip() == text.strip()
    assert run_saves("help").stdout.startswith(text.rstrip())
    assert (
        run_saves("campaign").stdout == run_saves("campaign", "--help").stdout == run_saves("help", "campaign").stdout
    )
    version = run_saves("--version").stdout.split()[1]
    assert answer(run_saves("--version", "--json")) == {"version": version}
    codes = answer(run_saves("help", "exit-codes", "--json"))["exit_codes"]
    assert [row["code"] for row in codes] == [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 130]
    assert "130  interrupted" in run_saves("help", "exit-codes").stdout
    for topic in ("json", "names", "stores"):
        assert answer(run_saves("help", topic, "--json"))["help"]


def test_a_full_disk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kingdom(tmp_path)
    full = Faulty()
    full.fail("write", "log.jsonl", errno.ENOSPC)
    with files.using(full):
        assert main(["--store", str(tmp_path), "campaign", "tag", KINGDOM, "x", "--json"]) == 12
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["code"], error["hint"]) == ("no_space", "Make room on this disk and try again.")
    assert main(["--store", str(tmp_path), "campaign", "tag", KINGDOM]) == 0
    assert capsys.readouterr().out == "Tags: none\n"


def test_colours_only_where_they_are_wanted(run_saves: RunSaves, tmp_path: Path) -> None:
    kingdom(tmp_path)
    assert "\x1b" not in run_saves("list", store=tmp_path).stdout
    assert "\x1b[1m" in run_saves("list", store=tmp_path, env={"FORCE_COLOR": "1"}).stdout
    assert "\x1b" not in run_saves("list", store=tmp_path, env={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout
    assert "\x1b" not in run_saves("list", "--json", store=tmp_path, env={"FORCE_COLOR": "1"}).stdout


def test_nothing_in_a_name_reaches_the_terminal_raw(run_saves: RunSaves, tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\r\n\u202eevil\u2028"
    campaign_id = kingdom(tmp_path)
    file = tmp_path / campaign_id / "campaign_data.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"title": evil, "tags": {evil: evil}}))
    for command in (
        ["list"],
        ["campaign", "show", campaign_id],
        ["campaign", "load", campaign_id],
        ["play", campaign_id],
    ):
        told = run_saves(*command, store=tmp_path, stdin="status\n", env={"FORCE_COLOR": ""})
        assert told.exit_code == 0
        assert not set(told.stdout + told.stderr) & set("\x1b\x07\r\u202e\u2028"), command
    assert answer(run_saves("list", "--json", store=tmp_path))[0]["title"] == evil
    missing = run_saves("campaign", "show", evil, store=tmp_path)
    assert not set(missing.stderr) & set("\x1b\x07\r\u202e\u2028")


def test_wide_characters_stand_in_line(run_saves: RunSaves, tmp_path: Path) -> None:
    with SaveStore(tmp_path) as store:
        for title in ("李小龍の冒険", "Short", "e\u0301te\u0301", "🐉 dragon"):
            store.campaigns.create(title).close()
    lines = run_saves("list", store=tmp_path).stdout.splitlines()
    assert len({columns(line[: line.rindex("campaign_")]) for line in lines[1:]}) == 1


def test_less_is_said_when_that_is_asked_for(run_saves: RunSaves, tmp_path: Path) -> None:
    campaign_id = run_saves(
        "-q", "campaign", "create", "Brief", "--preset", "zombie", store=tmp_path / "s"
    ).stdout.strip()
    folder = tmp_path / "s" / campaign_id
    (folder / "characters" / "npc.zombie.json").write_text("{")
    assert run_saves("campaign", "show", "Brief", store=tmp_path / "s").stderr.startswith("error: ")
    assert run_saves("campaign", "show", "Brief", "-q", store=tmp_path / "s").stderr == ""
    assert run_saves("list", "--quiet", store=tmp_path / "s").stdout == f"{campaign_id}\n"


@pytest.mark.skipif("sys.platform == 'win32'")
@pytest.mark.parametrize("args", [["help"], ["history", "log", KINGDOM, "--json"]])
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, args: list[str]) -> None:
    kingdom(tmp_path / "s")
    with SaveStore(tmp_path / "s") as store, store.campaigns.open(KINGDOM) as campaign:
        for _ in range(20):
            campaign.say("narrator", "A long silence. " * 500)
    process = subprocess.Popen(
        [*COMMAND, "--store", str(tmp_path / "s"), *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_what_was_begun_is_done_when_nobody_listens_any_more(tmp_path: Path) -> None:
    kingdom(tmp_path / "s")
    lines = b"status\n" * 50 + b"damage zombie 4\n"
    process = subprocess.Popen(
        [*COMMAND, "--store", str(tmp_path / "s"), "play", KINGDOM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(tmp_path),
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        process.stdin.write(lines)
        process.stdin.close()
        assert process.wait() == 0
    with SaveStore(tmp_path / "s") as store, store.campaigns.open(KINGDOM, read_only=True) as campaign:
        assert campaign.characters["npc:zombie"].hit_points_current == 10


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk that is always full")
@pytest.mark.parametrize(
    ("args", "redirected", "exit_code", "told"),
    [
        (["list"], ">&-", 0, None),
        (["list", "--json"], ">&- 2>&-", 0, None),
        (["campaign", "remove", KINGDOM], "<&-", 2, "Give --yes"),
        (["list", "nonsense", "--json"], ">/dev/full", 2, "could not be written: No space left on device\n"),
        (["list", "--json"], ">/dev/full 2>/dev/full", 12, None),
        (["play", KINGDOM], "<lines >/dev/full", 12, "only its answer is lost.\n"),
    ],
)
def test_streams_that_are_closed_or_full(
    tmp_path: Path, args: list[str], redirected: str, exit_code: int, told: str | None
) -> None:
    kingdom(tmp_path / "s")
    (tmp_path / "lines").write_text("damage zombie 1\ndamage zombie 1\n")
    command = shlex.join([*COMMAND, "--store", str(tmp_path / "s"), *args])
    done = subprocess.run(
        ["sh", "-c", f"{command} {redirected}"],
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=environment(tmp_path),
        check=False,
    )
    assert done.returncode == exit_code, done
    assert (told or "") in done.stdout + done.stderr
    assert (done.stdout + done.stderr == "") == (told is None), done
    with SaveStore(tmp_path / "s") as store, store.campaigns.open(KINGDOM, read_only=True) as campaign:
        assert campaign.characters["npc:zombie"].hit_points_current == (12 if "<lines" in redirected else 14)


@pytest.mark.parametrize("option", [[], ["--json"]])
def test_an_interruption_while_it_is_being_loaded(run_saves: RunSaves, tmp_path: Path, option: list[str]) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Early:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'click':\n"
        "            sys.meta_path.remove(self)\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Early())\n"
    )
    done = run_saves("list", *option, env={"PYTHONPATH": str(tmp_path)})
    if option:
        assert refusal(done, 130)["code"] == "interrupted"
    else:
        assert (done.exit_code, done.stdout, done.stderr) == (130, "", "error: interrupted\n")


def test_a_bug_is_owned_up_to(run_saves: RunSaves, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'gamesaves.cli' in ' '.join(sys.orig_argv):\n"
        "    from gamesaves.services import campaigns\n"
        "    campaigns.Campaigns.list = lambda self, **_: 1 / 0\n"
    )
    kingdom(tmp_path / "s")
    broken = {"PYTHONPATH": str(tmp_path)}
    error = refusal(run_saves("list", "--json", store=tmp_path / "s", env=broken), 1)
    assert error["code"] == "internal"
    assert "report" in error["hint"]
    text = run_saves("list", store=tmp_path / "s", env=broken)
    assert text.exit_code == 1
    assert text.stderr.startswith("error: ZeroDivisionError: division by zero\n")
    assert "Traceback" not in text.stderr
    assert "Traceback" in run_saves("list", store=tmp_path / "s", env=broken | {"GAMESAVES_DEBUG": "1"}).stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_knows_few_characters(run_saves: RunSaves, tmp_path: Path, encoding: str) -> None:
    kingdom(tmp_path, "李小龍")
    narrow = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    told = run_saves("list", store=tmp_path, env=narrow)
    assert told.exit_code == 0
    assert "\\u674e" in told.stdout
    assert answer(run_saves("list", "--json", store=tmp_path, env=narrow))[0]["title"] == "李小龍"
