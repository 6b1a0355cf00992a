"""What an editor makes of the schemas: the JSON language service of VS Code completes and checks with them.

It runs where node is, and the service is installed beside the project; elsewhere it is skipped, and says how to get it.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.services.editors import set_up_vscode

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / ".node" / "node_modules"
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.skipif(NODE is None, reason="node is not installed"),
    pytest.mark.skipif(
        not (SERVICE / "vscode-json-languageservice").is_dir(),
        reason="the service is missing; get it: npm install --prefix .node vscode-json-languageservice",
    ),
]

Ask = Callable[[list[tuple[str, str]]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Return what asks the service about texts, each with the file it is in and `|` where the cursor is."""
    folder = tmp_path_factory.mktemp("folder")
    set_up_vscode(folder)
    settings = json.loads((folder / ".vscode" / "settings.json").read_text(encoding="utf-8"))

    def answers(documents: list[tuple[str, str]]) -> list[dict[str, Any]]:
        asked = [
            {"file": file, "text": text.replace("|", ""), "at": text.find("|") if "|" in text else None}
            for file, text in documents
        ]
        done = subprocess.run(
            [str(NODE), str(Path(__file__).with_name("language_service.cjs"))],
            input=json.dumps({"settings": settings, "folder": str(folder), "documents": asked}),
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "NODE_PATH": str(SERVICE)},
            timeout=60,
            check=True,
        )
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    return answers


def test_keys_are_completed_with_what_they_mean(ask: Ask) -> None:
    preset, profile, sheet, item, in_array = ask(
        [
            ("saves/presets/characters/kara.json", '{"name": "Kara", |}'),
            ("saves/character_profiles/pc.kara.json", "{|}"),
            ("saves/campaign_x/characters/pc.kara.json", "{|}"),
            ("presets/characters/kara.json", '{"inventory": {"sword": {|}}}'),
            ("presets/characters/crew.json", "[{|}]"),
        ]
    )
    assert preset["completions"]["strength"] == "Ability score; 10 is average."
    assert "name" not in preset["completions"], "it is there already"
    assert preset["completions"]["$schema"]
    assert {"character_id", "uid", "portrait_path", "starting"} <= profile["completions"].keys()
    assert {"hit_points_current", "revision", "memories"} <= sheet["completions"].keys()
    assert "base_level" not in sheet["completions"]
    assert item["completions"]["quantity"] == "How many there are."
    assert in_array["completions"].keys() >= {"name", "level"}
    for answer in (preset, profile, sheet, item):
        assert all(answer["completions"].values()), "every key is explained"


def test_values_are_offered_where_there_are_only_some(ask: Ask) -> None:
    status, period, equipped = ask(
        [
            ("campaign_x/characters/npc.owl.json", '{"status": |}'),
            ("campaign_x/sessions/session_001.json", '{"temporal_state": {"time_period": |}}'),
            ("presets/classes/bard.json", '{"inventory": {"lute": {"equipped": |}}}'),
        ]
    )
    assert status["completions"].keys() == {'"healthy"', '"injured"', '"unconscious"', '"dead"'}
    assert '"evening"' in period["completions"]
    assert equipped["completions"].keys() >= {"true", "false"}


def test_a_key_is_explained_under_the_mouse(ask: Ask) -> None:
    (level,) = ask([("presets/characters/kara.json", '{"na|me": "Kara"}')])
    assert "What a player reads" in level["hover"]


def test_wrong_values_are_flagged_at_their_places(ask: Ask) -> None:
    text = (
        '{\n  "name": "Kara",\n  "level": "three",\n  "strength": -1,\n  "inventory": {"sword": {"equipped": "yes"}}\n}'
    )
    preset, session, levels, missing = ask(
        [
            ("presets/characters/kara.json", text),
            (
                "campaign_x/sessions/s1.json",
                '{"session_id":"s1","campaign_id":"c","started_at":"2026-11-21T10:00:00Z","status":"on"}',
            ),
            ("presets/classes/bard.json", '{"name": "Bard", "abilities": {"first": {}}}'),
            ("character_profiles/pc.kara.json", '{"character_id": "Kara Smith", "name": "Kara"}'),
        ]
    )
    places = {(one["line"], one["column"]): one["message"] for one in preset["problems"]}
    assert places.keys() == {(3, 12), (4, 15), (5, 17), (5, 39)}
    assert "integer" in places[3, 12]
    assert "name" in places[5, 17]
    assert [(one["line"], one["column"]) for one in session["problems"]] == [(1, 83)]
    assert len(levels["problems"]) == 1
    assert len(missing["problems"]) == 2


def test_what_the_library_ships_and_writes_is_fine(ask: Ask, tmp_path: Path) -> None:
    with (
        SaveStore(tmp_path) as store,
        store.campaigns.create("Whole", characters=["kara_stormwind", "zombie"]) as campaign,
    ):
        campaign.add_scene("Cave")
        campaign.start_session()
        campaign.quicksave()
    written = [
        path for path in tmp_path.rglob("*.json") if ".saves" not in path.parts and "snapshots" not in path.parts
    ]
    files = [(path, path.relative_to(tmp_path)) for path in written]
    files += [(path, path.relative_to(ROOT)) for path in (ROOT / "presets").rglob("*.json")]
    assert len(files) > 60
    answers = ask([(name.as_posix(), path.read_text(encoding="utf-8")) for path, name in files])
    found = {str(name): answer["problems"] for (_, name), answer in zip(files, answers, strict=True)}
    assert {name: problems for name, problems in found.items() if problems} == {}
