"""`saves universe …`: a world that several campaigns share."""

from pathlib import Path

from gamesaves import SaveStore
from tests.conftest import RunSaves
from tests.e2e.stories import answer, refusal, words


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
