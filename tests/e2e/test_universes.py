"""`saves universe …`: a world that several campaigns share."""

import json
import shlex
import shutil
from pathlib import Path

from gamesaves import SaveStore
from gamesaves.documents import TimelineEvent
from tests.conftest import RunSaves
from tests.e2e.stories import answer, codes, refusal, words


def test_a_world_from_its_making_to_what_somebody_knows_of_it(run_saves: RunSaves, tmp_path: Path) -> None:
    root, world = tmp_path / "store", tmp_path / "world.json"
    world.write_text('{"locations": {"forest": {"guardian": "alive"}}}', encoding="utf-8")
    run_saves("init", str(root))
    assert answer(run_saves("universe", "list", "--json", store=root)) == []
    made = answer(run_saves("universe", "create", "銀の谷", "--world", str(world), "--json", store=root))
    universe = made["universe_id"]
    with SaveStore(root) as store:
        for number, preset in enumerate(["kara_stormwind", "theron_gearwright"]):
            with (
                store.campaigns.create(f"Road {number}", characters=[preset], universe=universe) as campaign,
                campaign.turn("A long way") as turn,
            ):
                turn.advance_timeline(to=10 * (number + 1))
                effects = [{"set": "/locations/forest/guardian", "value": f"fallen {number}"}]
                turn.publish("fell", f"Fall {number}", by=campaign.party[0], location="forest", effects=effects)

    def told(*args: str) -> list[str]:
        rows = answer(run_saves("universe", "timeline", "銀の谷", *args, "--json", store=root))
        return [row["description"] for row in rows]

    assert told() == ["Fall 0", "Fall 1"]
    assert told("--seen-by", "pc:kara_stormwind") == ["Fall 0"]
    assert told("--seen-by", "pc:kara_stormwind", "--at", "30", "--last", "1") == ["Fall 1"]
    assert told("--character", "pc:theron_gearwright", "--location", "forest", "--kind", "fell") == ["Fall 1"]
    assert told("--until", "5") == told("--scope", "major") == told("--retracted") == []
    at_ten = answer(run_saves("universe", "world", universe, "--at", "10", "--json", store=root))
    assert at_ten["locations"] == {"forest": {"guardian": "fallen 0"}}
    assert "fallen 1" in run_saves("universe", "world", universe, store=root).stdout
    shown = answer(run_saves("universe", "show", universe, "--json", store=root))
    assert (shown["timeline_position"], len(shown["active_characters"])) == (20, 2)
    assert {"20", "pc:kara_stormwind"} <= set(words(run_saves("universe", "show", universe, store=root)))


def test_what_is_not_there_or_no_world_is_refused(run_saves: RunSaves, tmp_path: Path) -> None:
    root, world = tmp_path / "store", tmp_path / "world.json"
    run_saves("init", str(root))
    assert refusal(run_saves("universe", "show", "nowhere", "--json", store=root), 10)["code"] == "not_found"
    world.write_text('{"locations": []}', encoding="utf-8")
    refused = refusal(run_saves("universe", "create", "Flat", "--world", str(world), "--json", store=root), 2)
    assert (refused["code"], "locations" in refused["message"]) == ("invalid_value", True)


def test_two_copies_of_a_world_are_compared_and_joined(run_saves: RunSaves, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    run_saves("universe", "create", "Silverreach", "--json", store=here)
    shutil.copytree(here, there)
    for root, tick in ((here, 7), (there, 9)):
        with SaveStore(root) as store:
            effects = [{"set": f"/locations/{root.name}", "value": tick}]
            event = {"timeline_position": tick, "kind": "built", "scope": "major", "description": root.name}
            store.universes.open("Silverreach").publish(TimelineEvent.model_validate({**event, "effects": effects}))
    other = next((there / "universes").iterdir())
    told = run_saves("universe", "compare", "Silverreach", other, store=here).stdout.splitlines()
    assert told[0] == "They parted after event 1: 1 here, 1 there."
    assert {"  locations here nothing → 7", "  locations there nothing → 9"} <= set(told)
    before = answer(run_saves("universe", "merge", "Silverreach", other, "-n", "--json", store=here))
    assert (before["relation"], before["ahead"], before["behind"], before["dry_run"]) == ("diverged", 1, 1, True)
    joined = run_saves("universe", "merge", "Silverreach", other, store=here)
    assert joined.stdout.endswith("Joined.\n")
    rows = answer(run_saves("universe", "timeline", "Silverreach", "--json", store=here))
    assert [row["description"] for row in rows] == ["here", "there"]
    assert answer(run_saves("universe", "compare", "Silverreach", other, "--json", store=here))["relation"] == "ahead"
    back = run_saves("universe", "merge", "Silverreach", next((here / "universes").iterdir()), "--json", store=there)
    assert answer(back)["relation"] == "behind"
    run_saves("universe", "create", "Elsewhere", store=here)
    shown = run_saves("universe", "compare", "Elsewhere", "Silverreach", store=here).stdout
    assert shown == "These are two different universes: they have no event in common.\n"
    assert refusal(run_saves("universe", "merge", "Elsewhere", "Silverreach", "--json", store=here), 2)["message"]
    assert refusal(run_saves("universe", "compare", "Elsewhere", "nowhere", "--json", store=here), 10)["message"]


def test_an_older_copy_of_a_world_gets_back_what_was_seen_here(run_saves: RunSaves, tmp_path: Path) -> None:
    root, kept = tmp_path / "store", tmp_path / "kept"
    with SaveStore(root) as store:
        universe = store.universes.create("Silverreach")
        universe.publish(TimelineEvent(timeline_position=1, kind="rain"))
    shutil.copytree(universe.folder, kept)
    with SaveStore(root) as store:
        store.universes.open(universe.id).publish(TimelineEvent(timeline_position=2, kind="snow"))
    shutil.rmtree(universe.folder)
    shutil.move(kept, universe.folder)
    (checked,) = answer(run_saves("check", "--json", store=root))["problems"]
    (problem,) = run_saves("universe", "show", universe.id, "--json", store=root).json()["warnings"]
    assert (problem["code"], checked["hint"]) == ("older_copy", problem["hint"])
    _, *words_of_merge = shlex.split(problem["hint"].splitlines()[0].partition(": ")[2])
    assert words_of_merge[:3] == ["universe", "merge", universe.id]
    assert run_saves(*words_of_merge, store=root).stdout.startswith("This copy is 1 event behind.")
    with SaveStore(root) as store:
        again = store.universes.open(universe.id)
        assert ([one.kind for one in again.events()], again.problems) == (["rain", "snow"], [])


def test_who_begins_in_a_world_is_made_from_its_presets(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "store"
    made = answer(run_saves("universe", "create", "Silverreach", "--json", store=root))
    folder = Path(made["path"]) / "presets" / "characters"
    folder.mkdir(parents=True)
    with SaveStore(root) as store:
        tree, _ = store.presets.tree("characters", "goblin")
    (folder / "lake_goblin.json").write_text(json.dumps({**tree, "id": "lake_goblin", "name": "Gurgle"}))
    args = ["campaign", "create", "Road", "--preset", "lake_goblin"]
    assert refusal(run_saves(*args, "--json", store=root), 10)["code"] == "not_found"
    assert answer(run_saves(*args, "--universe", "silverreach", "--json", store=root))["characters"] == ["npc:gurgle"]


def test_a_world_travels_with_a_campaign(run_saves: RunSaves, tmp_path: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "road.zip"
    with SaveStore(here) as store:
        world = store.universes.create("Silverreach").id
        store.campaigns.create("Road", universe=world).close()
    run_saves("export", "Road", "-o", file, store=here)
    assert f"universe universes/{world}: new" in run_saves("import", file, "-n", store=there).stdout
    run_saves("import", file, store=there)
    with SaveStore(here) as store:
        store.universes.open(world).publish(TimelineEvent(timeline_position=1, kind="rain"))
    file.unlink()
    run_saves("export", "Road", "-o", file, store=here)
    done = run_saves("import", file, "--as-copy", "--json", store=there)
    assert codes(done) == ["other_universe"]
    _, *words_of_merge = shlex.split(done.json()["warnings"][0]["hint"].splitlines()[-1].partition(": ")[2])
    assert run_saves(*words_of_merge, store=there).stdout.endswith("Joined.\n")
    shutil.rmtree(there / "universes")
    again = run_saves("import", file, store=there).stdout
    assert again.startswith("Road is here already, up to the same event")
    assert f"universe universes/{world}: new" in again
    assert answer(run_saves("info", "--json", store=there))["universes"] == 1
