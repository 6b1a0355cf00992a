"""Make the sample store, `storage/`, which every later version has to open.

    python scripts/make_sample_store.py [FOLDER] [--force]

It tells two stories that share a character. Ids are random and the times are not; where files of the format change,
make it anew, and look at what changed before it is committed.
"""

import argparse
import json
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gamesaves import Campaign, ItemInfo, SaveStore

ROOT = Path(__file__).resolve().parent.parent
KARA, THERON = "pc:kara_smith", "pc:theron_gearwright"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 10, 19, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make_sample_store", description="Make the sample store.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "storage")
    parser.add_argument("--force", action="store_true", help="replace the one that is there")
    options = parser.parse_args(arguments)
    target: Path = options.folder.absolute()
    if target.exists() and not options.force:
        print(f"{target} is there already; --force makes it anew.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix=".sample-", dir=target.parent) as scratch:
        made = Path(scratch) / "storage"
        problems = fill(made)
        if problems:
            print(*problems, "It was not put in place.", sep="\n", file=sys.stderr)
            return 1
        if target.exists():
            shutil.rmtree(target)
        made.rename(target)
    sizes = [path.stat().st_size for path in target.rglob("*") if path.is_file()]
    print(f"{target}: {len(sizes)} files, {sum(sizes) / 1000:.0f} kB")
    return 0


def fill(folder: Path) -> list[str]:
    """Make the store; return what is wrong with it, which should be nothing."""
    clock = Clock()
    with SaveStore(folder, clock=clock) as store:
        customise_goblin(store)
        lost_kingdom(store, clock)
        clock.passes(days=2)
        drowned_bell(store, clock)
        problems = [str(problem) for problem in store.check()]
    # What only this machine keeps: locks, the index of listings, the newest heads seen.
    shutil.rmtree(folder / ".saves")
    return problems


def customise_goblin(store: SaveStore) -> None:
    """Override a preset that comes with the library, as somebody does who edits the store's own copy of it."""
    path = store.presets.customise("characters", "goblin")
    tree = json.loads(path.read_bytes())
    tree |= {"name": "Marsh Goblin", "hit_points_max": 9, "attire": "A coat of reeds"}
    path.write_text(json.dumps(tree, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")


def lost_kingdom(store: SaveStore, clock: Clock) -> None:
    """The long story: two evenings, with a snapshot after the first."""
    kara = store.presets.draft("kara_stormwind")
    kara.name, kara.attire = "Kara Smith", "Silver-trimmed plate armor"
    store.profiles.portrait(kara)
    theron = store.presets.draft("theron_gearwright")
    with store.campaigns.create("The Lost Kingdom", characters=[kara, theron], game_theme="fantasy") as campaign:
        set_out(campaign, clock)
        fight_zombies(campaign, clock)
        search_crypt(campaign, clock)
        campaign.tag("favourite")
    clock.passes(days=1)
    with store.campaigns.open("The Lost Kingdom") as campaign:
        come_home(campaign, clock)


def set_out(campaign: Campaign, clock: Clock) -> None:
    campaign.add_scene("The Drowsy Goose", location_id="goose", environment_state={"lighting": "hearth fire"})
    innkeeper = campaign.add_character("innkeeper").character_id
    with campaign.turn("A map on the table") as turn:
        turn.document("map/level1").update(
            rooms={"hall": {"visited": True}, "crypt": {"visited": False}}, doors={"north": "locked", "east": "open"}
        )
        turn.data.custom_data = {"difficulty": 2, "house_rules": ["potions as a bonus action"]}
        turn.say(innkeeper, "Nobody who went down there came back up.")
    clock.passes(minutes=2)
    campaign.say("Kara Smith", "Then nobody has told them who we are.", mood="bold")
    campaign.say("narrator", "Outside it has begun to rain: 「雨」, says the stranger by the fire.")


def fight_zombies(campaign: Campaign, clock: Clock) -> None:
    zombies = [campaign.add_character("zombie").character_id for _ in range(2)]
    campaign.add_scene("The Crypt", location_id="crypt", character_ids=[KARA, THERON, *zombies])
    for number, (wound, loss) in enumerate([(7, 4), (6, 0), (9, 5), (3, 2), (8, 0), (11, 0)], 1):
        clock.passes(minutes=1)
        with campaign.turn(f"Round {number}") as turn:
            zombie = turn.character(zombies[number > 3])
            zombie.take_damage(wound)
            if zombie.hit_points_current == 0:
                zombie.status = "dead"
            if loss:
                turn.character(KARA).take_damage(loss)
            turn.record("combat", round=number, target=zombie.character_id, damage=wound)
    with campaign.turn("The dead lie still again") as turn:
        for who in (KARA, THERON):
            turn.character(who).gain_experience(50)
        turn.data.current_scene_id = "scene_002"


def search_crypt(campaign: Campaign, clock: Clock) -> None:
    finds = ["Silver key", "Bone dice", "Wax candle", "Old coin", "Cracked lens", "Brass ring", "Blue feather"]
    for number, find in enumerate(finds):
        clock.passes(minutes=1)
        with campaign.turn(f"{find}, found") as turn:
            turn.character((KARA, THERON)[number % 2]).gain_item(find)
            turn.document("map/level1")["rooms"]["crypt"] = {"visited": True, "searched": number + 1}
    with campaign.turn("The north door opens") as turn:
        turn.character(KARA).drop_item("Silver key")
        turn.document("map/level1")["doors"]["north"] = "open"
    with campaign.turn("A vow") as turn:
        turn.character(KARA).add_effect("blessed")
        turn.character(THERON).location = "crypt"
        turn.say("Theron Gearwright", "Ég heiti því. I vow it.")


def come_home(campaign: Campaign, clock: Clock) -> None:
    for number in range(1, 6):
        clock.passes(minutes=5)
        with campaign.turn(f"Up the stairs, step {number}") as turn:
            turn.character(THERON).gain_experience(5)
    with campaign.turn("A night's rest") as turn:
        turn.character(KARA).remove_effect("blessed")
        turn.character(KARA).level_up()
        turn.data.current_scene_id = "scene_001"


def drowned_bell(store: SaveStore, clock: Clock) -> None:
    """The short story: Kara again, the store's own goblin, and an edit by hand between two sittings."""
    with store.campaigns.create("The Drowned Bell", characters=[KARA]) as campaign:
        goblin = campaign.add_character("goblin").character_id
        with campaign.turn("An ambush in the reeds") as turn:
            turn.character(KARA).take_damage(6)
            turn.character(goblin).take_damage(5)
            turn.say("Marsh Goblin", "Hand over the bell!")
        clock.passes(minutes=1)
        with campaign.turn("The bell") as turn:
            bell = ItemInfo(name="Drowned bell", item_type="quest", weight=12.5, properties={"tone": "e flat"})
            turn.character(KARA).gain_item(bell)
            turn.put("weather", {"schema_version": 3, "sky": "fog", "wind": None, "degrees": -1.5})
        edited = campaign.folder / "characters" / "pc.kara_smith.json"
    clock.passes(hours=1)
    text = edited.read_text(encoding="utf-8")
    edited.write_text(text.replace('"location": null', '"location": "reed_bank"'), encoding="utf-8", newline="\n")
    with store.campaigns.open("The Drowned Bell") as campaign, campaign.turn("Homeward") as turn:
        turn.character(KARA).heal(2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
