"""A broken file of a player: what is their own is kept as far as it can be read, what follows from runs comes back."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.disk import files
from tests.integration.damage import KINDS, exchanged
from tests.integration.stores import KARA, Clock, Quick, bytes_in, codes, edit, read

OWN = {
    "preferences": {"style": "slow"},
    "privacy": {"profile": "hidden"},
    "therapeutic_settings": {"focus": "calm"},
    "custom_data": {"colour": "green"},
}
FOLLOWING = ("runs", "abandoned_runs", "contributions", "meta_progression")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("original") / "saves"
    with files.using(Quick()), SaveStore(root, clock=Clock()) as store:
        for name in ("alex", "sam"):
            player = store.players.create(name.title(), **OWN)
            shutil.move(root / "players" / f"{player.player_id}.json", root / "players" / f"{name}.json")
            edit(root / "players" / f"{name}.json", player_id=name)
        for title, player_id in (("Ended", "alex"), ("Given up", "alex"), ("Going on", "alex"), ("Other", "sam")):
            with store.campaigns.create(title, characters=["kara_stormwind"], player=player_id) as campaign:
                with campaign.turn("On") as turn:
                    turn.character(KARA).gain_experience(1)
                if title == "Ended":
                    campaign.complete_run("milestone", "It is done.")
                if title == "Given up":
                    campaign.abandon_run("Too dark")
    return root


@pytest.fixture
def alex(original: Path, root: Path, quick: Quick) -> Path:
    """The file of a player who has completed a run, abandoned one, and plays on in a third."""
    shutil.copytree(original, root)
    assert quick is not None
    return root / "players/alex.json"


def losses(done: Any) -> list[str | None]:
    return [one.lost for one in done.steps]


@pytest.mark.parametrize("kind", [one for one in KINDS if one != "gone"])
def test_a_broken_file_is_named_mended_and_taken_back(alex: Path, root: Path, kind: str) -> None:
    before = read(alex)
    KINDS[kind](alex)
    spoilt = bytes_in(root)
    with SaveStore(root) as store:
        named = [one for one in store.check() if one.path == str(alex) and one.severity == "error"]
        assert all(str(one.hint).endswith("saves repair") for one in named)
        plan = store.repair(dry_run=True)
        assert bytes_in(root) == spoilt
        done = store.repair()
        assert (done.steps, done.remaining, store.repair().steps) == (plan.steps, (), ())
        assert bool(named) == bool(done.steps)
        assert named or kind.startswith("flipped")
        assert [one for one in store.check() if one.severity == "error"] == []
        if not named:
            return
        now = read(alex)
        assert {field: now[field] for field in FOLLOWING} == {field: before[field] for field in FOLLOWING}
        (lost,) = losses(done)
        kept = [field for field in OWN if now[field] == before[field]]
        assert len(kept) == len(OWN) or lost
        if kind == "short":
            assert (kept, lost) == (
                [field for field in OWN if field != "custom_data"],
                "of Alex: what the game has added",
            )
        if kind == "emptied":
            assert now["name"] == "alex"
            assert lost == (
                "of alex: the name, when they were added, what they like, what others may see, "
                "the settings for wellbeing, what the game has added, runs of campaigns that are not here"
            )
        store.undo(done.kept_in[0].parent.name)
        assert bytes_in(root) == spoilt


def twice(path: Path) -> None:
    path.write_text(path.read_text().replace('  "privacy"', '  "preferences": {},\n  "privacy"'))


@pytest.mark.parametrize(
    ("spoil", "lost"),
    [
        (lambda path: edit(path, preferences="dark"), "of Alex: what they like"),
        (lambda path: edit(path, runs={}), "of Alex: runs of campaigns that are not here"),
        (lambda path: edit(path, meta_progression=[]), None),
        (lambda path: edit(path, schema_version="one"), None),
        (lambda path: edit(path, player_id="nobody"), None),
        (lambda path: edit(path, player_id=[]), None),
        (lambda path: edit(path, name=7), "of alex: the name"),
        (twice, "of Alex: what they like"),
    ],
)
def test_of_a_file_with_one_bad_member_all_others_stay(
    alex: Path, root: Path, spoil: Callable[[Path], object], lost: str | None
) -> None:
    before = read(alex)
    spoil(alex)
    with SaveStore(root) as store:
        assert losses(store.repair()) == [lost]
        assert [one for one in store.check() if one.severity == "error"] == []
    now = read(alex)
    differ = [field for field in before if now[field] != before[field]]
    assert differ == ([] if lost is None or "runs" in lost else ["preferences"] if "like" in lost else ["name"])


@pytest.mark.parametrize("text", ["[]", '"Alex"', "null", "{", '{"player_id": "'])
def test_what_is_no_object_leaves_what_the_campaigns_know(alex: Path, root: Path, text: str) -> None:
    before = read(alex)
    alex.write_text(text)
    with SaveStore(root) as store:
        store.repair()
        assert [one for one in store.check() if one.severity == "error"] == []
    assert {field: read(alex)[field] for field in FOLLOWING} == {field: before[field] for field in FOLLOWING}


@pytest.mark.parametrize("copied", [True, False])
def test_a_copy_of_another_players_file_and_one_without_anything_are_set_aside(
    alex: Path, root: Path, copied: bool
) -> None:
    copy = alex.with_name("alex2.json")
    copy.write_bytes(alex.read_bytes() if copied else b"")
    before = alex.read_bytes()
    with SaveStore(root) as store:
        (step,) = store.repair().steps
        assert (step.path, step.action) == (copy, "set aside")
        assert step.lost == "who alex2 is: nothing of it can be read, and no campaign names them"
        assert [one.player_id for one in store.players.list()] == ["alex", "sam"]
    assert alex.read_bytes() == before


def test_files_that_were_exchanged_or_renamed_are_put_right(alex: Path, root: Path) -> None:
    before = bytes_in(root / "players")
    exchanged(alex, alex.with_name("sam.json"))
    with SaveStore(root) as store:
        assert [one.action for one in store.repair().steps] == ["rewrite", "rewrite"]
    assert bytes_in(root / "players") == before
    shutil.move(alex, alex.with_name("renamed.json"))
    with SaveStore(root) as store:
        done = store.repair()
        assert [(one.path.name, one.action) for one in done.steps] == [
            ("alex.json", "rebuild"),
            ("renamed.json", "set aside"),
        ]
        assert losses(done) == [None, None]
    assert bytes_in(root / "players") == before


def test_what_a_newer_program_has_written_is_left_alone(alex: Path, root: Path) -> None:
    text = json.dumps({**read(alex), "schema_version": 9}, indent=2)
    for spoilt in (text, text[:-9]):
        alex.write_text(spoilt)
        with SaveStore(root) as store:
            done = store.repair()
        assert (done.steps, codes(done.remaining), alex.read_text()) == ((), ["newer_format"], spoilt)


def test_a_link_out_of_the_store_is_not_followed(alex: Path, root: Path, tmp_path: Path) -> None:
    elsewhere = shutil.move(alex, tmp_path / "alex.json")
    Path(elsewhere).write_bytes(b"")
    alex.symlink_to(elsewhere)
    with SaveStore(root) as store:
        done = store.repair()
    assert (done.steps, codes(done.remaining), alex.is_symlink()) == ((), ["outside_store"], True)


def test_runs_of_campaigns_that_are_put_away_copied_or_being_played_count(alex: Path, root: Path) -> None:
    with SaveStore(root) as store:
        before = read(alex)
        folder = store.campaigns.archive("Ended").kept_in
        given_up = store.campaigns.find("Given up")
        assert given_up is not None
        shutil.copytree(given_up.path, root / "campaign_given_up_copy")
        with store.campaigns.open("Going on"), SaveStore(root) as other:
            alex.write_bytes(b"")
            assert codes(other.repair().remaining) == ["locked"]
        assert {field: read(alex)[field] for field in FOLLOWING} == {field: before[field] for field in FOLLOWING}
        bundle = next((root / "archive").iterdir())
        KINDS["cut"](bundle)
        alex.write_bytes(b"")
        done = store.repair()
        assert [one.path for one in done.remaining] == [str(bundle)]
        assert len(read(alex)["runs"]) == 2
        assert folder.exists()


def test_a_run_that_grants_what_cannot_be_read_keeps_no_player_from_being_mended(alex: Path, root: Path) -> None:
    with SaveStore(root) as store:
        with store.campaigns.open("Ended") as campaign:
            (run,) = campaign.folder.glob("runs/*.json")
            edit(run, contributions={"at": "never"})
        store.campaigns.open("Ended").close()
        alex.write_bytes(b"")
        store.repair()
        assert len(read(alex)["runs"]) == 2
        assert "player_behind" in codes(store.campaigns.open("Ended").problems)
