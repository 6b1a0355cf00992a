"""What happens in the simulated world, turn by turn."""

from collections.abc import Callable
from random import Random
from typing import Any

from gamesaves import Campaign, SaveStore
from gamesaves.documents import TimelineEvent, WorldState
from gamesaves.services.turns import Turn
from scripts.simulation.cast import ALEX, JORDAN, PLAYER, ROBIN, SAM, SETTING, UNLOCK, WORLD, Role

ON = "went_on"
INSIGHTS = {
    ALEX.name: "Whoever guards something is afraid for it",
    JORDAN.name: "A village is saved by whoever stays",
    SAM.name: "What others leave behind can carry you",
}
Deed = Callable[[Campaign, Turn, str], None]


def make_world(store: SaveStore) -> None:
    """Make the universe, and the player of all who are played in it."""
    store.players.create(PLAYER)
    store.universes.create(WORLD, world=SETTING)


def begin(store: SaveStore, role: Role) -> Campaign:
    """Make somebody, and the campaign they are played in.

    Raises:
        PermissionError: what they are made with is not open to the player.
    """
    draft = store.presets.draft(role.preset)
    draft.name = role.name
    player = store.players.get(PLAYER)
    if role is ROBIN:
        if not player.unlocked(UNLOCK):
            raise PermissionError(f"{UNLOCK} is not open to {PLAYER}")
        draft.backstory = "Sworn to the guardian and in debt to the village, and neither knows of the other."
    campaign = store.campaigns.create(
        role.campaign, characters=[draft], universe=store.universes.id_of(WORLD), player=player.player_id
    )
    campaign.add_scene("Below the trees", location_id="forest", environment_state={"lighting": "dim"})
    return campaign


def take_turn(campaign: Campaign, turn: Turn, role: Role, tick: int) -> None:
    """Do what somebody does at a tick; it is the same whenever it is done again."""
    random = Random(f"{role.name} at {tick}")
    character = turn.character(role.character_id)
    turn.advance_timeline(to=tick)
    character.gain_experience(1)
    what = random.randrange(5)
    if what == 0:
        character.take_damage(random.randrange(9))
    elif what == 1:
        character.heal(random.randrange(9))
    elif what == 2:
        turn.advance_time(random.randrange(1, 4))
    elif what == 3:
        turn.session.user_state.mood = random.choice(["grim", "merry", "tired"])
    else:
        turn.document("map/seen")[f"path_{random.randrange(40)}"] = tick
    turn.say("narrator", f"Tick {tick}: {role.name} goes on.")
    deed = _DEEDS.get((role.name, tick))
    if deed is None:
        turn.publish(ON, f"{role.name} goes on", by=role.character_id, location="forest")
    else:
        deed(campaign, turn, role.character_id)


def end(campaign: Campaign, role: Role) -> None:
    """Do what somebody does after their last turn."""
    if role is ALEX:
        campaign.complete_run("story_resolution", "The forest has no guardian any more, and needs none.")
    elif role is JORDAN:
        campaign.abandon_run("The village is safe, and the road is long")


def _guardian_falls(_campaign: Campaign, turn: Turn, who: str) -> None:
    turn.publish(
        "guardian_fell",
        "The forest guardian falls, and the way into the hidden glade is open",
        by=who,
        scope="major",
        location="forest",
        effects=[
            {"set": "/locations/forest/guardian", "value": "fallen"},
            {"set": "/locations/glade/open", "value": True},
        ],
    )
    run = turn.run(who)
    run.milestones.append("felled the forest guardian")
    run.insights.append(INSIGHTS[ALEX.name])


def _sword_left(_campaign: Campaign, turn: Turn, who: str) -> None:
    sword = {"owner": who, "name": "Alex's sword"}
    turn.publish(
        "sword_left",
        "Alex lays the sword down in the hidden glade",
        by=who,
        location="glade",
        effects=[{"set": "/locations/glade/sword", "value": sword}],
    )


def _story_ends(_campaign: Campaign, turn: Turn, who: str) -> None:
    turn.run(who).storylines.append("The guardian of the forest")
    turn.publish("story_ended", "Alex's story comes to its end", by=who, location="forest")


def _village_saved(_campaign: Campaign, turn: Turn, who: str) -> None:
    turn.publish(
        "village_saved",
        "Jordan brings Mara back to her mill, and the villagers are grateful",
        by=who,
        scope="major",
        location="village",
        effects=[
            {"set": "/factions/villagers/mood", "value": "grateful"},
            {"set": "/factions/villagers/grateful_to", "value": who},
            {"set": "/npcs/mara/helped_by", "value": who},
        ],
    )
    turn.run(who).insights.append(INSIGHTS[JORDAN.name])


def _sword_found(campaign: Campaign, turn: Turn, who: str) -> None:
    tick, world = _here(campaign, turn, who)
    sword = world.locations["glade"]["sword"]
    left = _known(campaign, tick, "sword_left")
    turn.remember(who, f"{sword['name']} lay in the hidden glade", about=sword["owner"])
    turn.run(who).insights.append(INSIGHTS[SAM.name])
    turn.publish(
        "sword_found",
        "Sam comes upon Alex's sword in the hidden glade",
        by=who,
        location="glade",
        follows=left.event_id,
    )


def _sword_taken(campaign: Campaign, turn: Turn, who: str) -> None:
    _, world = _here(campaign, turn, who)
    turn.character(who).gain_item(world.locations["glade"]["sword"]["name"])
    effects = [{"unset": "/locations/glade/sword"}]
    turn.publish("sword_taken", "Sam takes the sword along", by=who, location="glade", effects=effects)


def _mara_met(campaign: Campaign, turn: Turn, who: str) -> None:
    tick, world = _here(campaign, turn, who)
    mara = world.npcs["mara"]
    saved = _known(campaign, tick, "village_saved")
    turn.remember(who, f"{mara['name']}, told me who helped her", about=mara["helped_by"])
    turn.publish("mara_met", "Sam meets Mara, whom Jordan helped", by=who, location="village", follows=saved.event_id)


def _lessons(campaign: Campaign, turn: Turn, who: str) -> None:
    player = campaign.player
    assert player is not None
    for insight in player.meta_progression.insights:
        turn.remember(who, insight, about="what the player learned")
    turn.publish("arrived", "Robin comes, and knows what has been learned", by=who, location="forest")


def _here(campaign: Campaign, turn: Turn, who: str) -> tuple[int, WorldState]:
    """Return the tick that somebody has come to in this turn, and the world as it is there."""
    tick = turn.character(who).timeline_position or 0
    assert campaign.universe is not None
    return tick, campaign.universe.world_at(tick)


def _known(campaign: Campaign, tick: int, kind: str) -> TimelineEvent:
    assert campaign.universe is not None
    (event,) = campaign.universe.events(kind=kind, until=tick)
    return event


_DEEDS: dict[tuple[str, int], Deed] = {
    (ALEX.name, 50): _guardian_falls,
    (ALEX.name, 72): _sword_left,
    (ALEX.name, 150): _story_ends,
    (JORDAN.name, 75): _village_saved,
    (SAM.name, 90): _sword_found,
    (SAM.name, 91): _sword_taken,
    (SAM.name, 125): _mara_met,
    (ROBIN.name, 151): _lessons,
}


def open_to(campaign: Campaign) -> list[str]:
    """Return what is open to the player of a campaign."""
    player = campaign.player
    assert player is not None
    return [one for one, is_open in player.meta_progression.unlocks.items() if is_open]


def seen(campaign: Campaign) -> dict[str, Any]:
    """Return all that going back in a campaign brings back, by what it is: documents, and the chat.

    The saves that a player sees stay, and so does of a sitting who sat where, when and for how long.
    """
    state = campaign.state_at(campaign.head)
    documents = {key: _wound_back(key, tree) for key, tree in state.items() if key != "slots"}
    return {**documents, "chat": [message.text for message in campaign.messages]}


def _wound_back(key: str, tree: dict[str, Any]) -> dict[str, Any]:
    if not key.startswith("sessions/"):
        return tree
    stays = ("status", "started_at", "last_saved", "ended_at", "playtime_seconds", "device")
    return {name: value for name, value in tree.items() if name not in stays}
