"""Repairing: for each kind of damage it is named, mended as far as it can be, said what is lost, and taken back."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.disk import files
from tests.integration.damage import KINDS, exchanged, fill, truth
from tests.integration.stores import Quick, bytes_in, codes

FILES = {
    "log": "<campaign>/log.jsonl",
    "snapshot": "<campaign>/snapshots/*",
    "character": "<campaign>/characters/pc.kara_stormwind.json",
    "data": "<campaign>/campaign_data.json",
    "slots": "<campaign>/slots.json",
    "session": "<campaign>/sessions/session_001.json",
    "scene": "<campaign>/scenes/scene_001.json",
    "game's own": "<campaign>/documents/map/level1.json",
    "chat": "<campaign>/chat_history/messages.jsonl",
    "branch": "<campaign>/branches/*",
    "fight": "<campaign>/encounters/*",
    "profile": "character_profiles/pc.kara_stormwind.json",
    "template": "character_profiles/prof_pc.kara_stormwind.json",
    "picture": "images/*",
    "store": "store.json",
}
PEERS = {"profile": "character_profiles/npc.zombie.json", "template": "character_profiles/prof_npc.zombie.json"}

NOTHING_TO_SEE = {
    # What follows from the log can be deleted; a template is written again by the next draft.
    ("snapshot", "gone"),
    ("chat", "gone"),
    ("template", "gone"),
    # Nothing of it was promised.
    ("fight", "gone"),
}
GONE = {"profile": "missing_profile", "picture": "missing_picture"}
CANNOT_BE_KNOWN = {
    # Nothing says what these bytes were, as nothing says it of what a person has edited.
    *((name, kind) for name in ("profile", "template", "store") for kind in KINDS if kind.startswith("flipped")),
}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str, dict[str, Any]]:
    root = tmp_path_factory.mktemp("original") / "saves"
    with files.using(Quick()):
        name, other = fill(root)
        return root, name, other, truth(root, name)


@pytest.fixture
def damaged(original: tuple[Path, str, str, dict[str, Any]], root: Path, quick: Quick) -> Path:
    shutil.copytree(original[0], root)
    assert quick is not None
    return root


def file_of(root: Path, what: str, campaign: str) -> Path:
    return max(root.glob(FILES[what].replace("<campaign>", campaign)))


CELLS = [
    (what, kind, remembered)
    for what in FILES
    for kind in (*KINDS, "exchanged")
    for remembered in (True, False)
    if (remembered or what in ("log", "branch"))
    and not (kind == "exchanged" and what in ("branch", "fight", "picture", "store"))
]


@pytest.mark.no_cover
@pytest.mark.parametrize(("what", "kind", "remembered"), CELLS, ids=lambda one: str(one).replace(" ", "-"))
def test_damage_is_named_mended_and_can_be_taken_back(
    original: tuple[Path, str, str, dict[str, Any]], damaged: Path, what: str, kind: str, remembered: bool
) -> None:
    _, name, other, before = original
    if not remembered:
        shutil.rmtree(damaged / ".saves")
    file = file_of(damaged, what, name)
    if kind == "exchanged":
        exchanged(file, damaged / PEERS[what] if what in PEERS else file_of(damaged, what, other))
    else:
        KINDS[kind](file)
    spoilt = bytes_in(damaged)
    with SaveStore(damaged) as store:
        problems = store.check()
        named = [one for one in problems if one.path.startswith((str(file), str(file.parent)))]
        if (what, kind) in NOTHING_TO_SEE:
            assert [one for one in problems if one.code != "encounter_left_open"] == []
        elif (what, kind) not in CANNOT_BE_KNOWN:
            assert named or GONE.get(what) in codes(problems), problems
        plan = store.repair(dry_run=True)
        assert bytes_in(damaged) == spoilt
        done = store.repair()
        assert (done.steps, done.done, plan.done) == (plan.steps, True, False)
        unknown = (what, kind) in CANNOT_BE_KNOWN
        if not unknown and any(one.severity != "note" and one.code != "history_missing" for one in named):
            assert done.steps
        assert store.repair().steps == ()
        after = [one for one in store.check() if one.severity == "error" or not (unknown or one.severity == "note")]
        if what == "branch" and not remembered:
            # Nobody else has these lines.
            after = [one for one in after if one.code != "history_missing"]
        assert after == [], done
        _require_told(store, name, before, done)
        with store.campaigns.open(name) as campaign, campaign.turn("On we go") as turn:
            turn.document("on")["we"] = "go"
        for kept in reversed(done.kept_in):
            store.undo(kept.parent.name)
    made = {one.path.relative_to(damaged).as_posix() for one in done.steps if one.action == "rebuild"} - set(spoilt)
    now = {path: data for path, data in bytes_in(damaged).items() if path not in made}
    if done.kept_in or made:
        _require_same_files(now, spoilt, name, played=not any(name in str(one) for one in done.kept_in))


def _require_same_files(now: dict[str, bytes], spoilt: dict[str, bytes], name: str, *, played: bool) -> None:
    """The campaign was played on; where its folder was not put back, that is all that has changed in it."""
    differ = {path for path in {*now, *spoilt} if now.get(path) != spoilt.get(path)}
    assert not differ or (played and all(path.startswith(name) for path in differ)), differ


def _require_told(store: SaveStore, name: str, before: dict[str, Any], done: Any) -> None:
    """All that is not as it was is either lost, and said, or looks like an edit, and goes into the history."""
    now = truth(store.root, name)
    differ = [key for key in before if key != "head" and now.get(key) != before[key]]
    told = [one.lost for one in done.steps if one.lost]
    if differ and not told:
        with store.campaigns.open(name, read_only=True) as campaign:
            codes = {one.code for one in campaign.problems}
            kinds = {event.kind for event in campaign.history()}
        assert "edit_not_recorded" in codes or "external_edit" in kinds, differ
