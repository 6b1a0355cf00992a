"""What must be true once the story has been played: each claim a sentence, and what is looked at for it."""

from collections import Counter
from collections.abc import Callable, Iterator

from scripts.simulation.cast import ALEX, JORDAN, ROBIN, ROLES, SAM, UNLOCK, Role
from scripts.simulation.evidence import Check, Evidence, read
from scripts.simulation.sitting import fingerprints
from scripts.simulation.story import INSIGHTS

Claim = Callable[[Evidence], Iterator[Check]]
CLAIMS: dict[str, Claim] = {}


def claim(sentence: str) -> Callable[[Claim], Claim]:
    """Add a claim to those that are verified."""

    def add(checks: Claim) -> Claim:
        CLAIMS[sentence] = checks
        return checks

    return add


def _played(evidence: Evidence, role: Role, state: str) -> Iterator[Check]:
    (run,) = evidence.documents(role, "runs")
    turns = [event for event in evidence.log(evidence.folder(role)) if event["kind"] == "turn"]
    sittings = [one["turn_count"] for one in evidence.documents(role, "sessions")]
    yield Check("turns of the run", run["turns_completed"], role.turns)
    yield Check("turns in the log", [event["turn"] for event in turns], list(range(1, role.turns + 1)))
    yield Check("turns of each sitting", sittings, [one.turns for one in role.sittings])
    yield Check("state of the run", run["state"], state)


@claim("Alex has played 150 turns in 5 sittings of 30, 30, 40, 25 and 25, and completed the run.")
def alex_completed(evidence: Evidence) -> Iterator[Check]:
    yield from _played(evidence, ALEX, "completed")
    (run,) = evidence.documents(ALEX, "runs")
    yield Check("what it ended with", run["completion"]["trigger"], "story_resolution")


@claim("Alex's sittings took 30, 45, 60, 30 and 45 minutes; the time of a killed process is counted once.")
def alex_playtime(evidence: Evidence) -> Iterator[Check]:
    seconds = [one["playtime_seconds"] for one in evidence.documents(ALEX, "sessions")]
    yield Check("minutes", [one / 60 for one in seconds], [one.minutes for one in ALEX.sittings])


@claim("Jordan has played 87 turns and abandoned the run, with a reason; it can be gone on with.")
def jordan_abandoned(evidence: Evidence) -> Iterator[Check]:
    yield from _played(evidence, JORDAN, "abandoned")
    (run,) = evidence.documents(JORDAN, "runs")
    yield Check("the reason", run["abandon_reason"], "The village is safe, and the road is long")
    listed = [(one.turns_completed, one.can_resume) for one in evidence.player.abandoned_runs]
    yield Check("in the player's file", listed, [(87, True)])


@claim("Sam has played 120 turns, and the run is active.")
def sam_active(evidence: Evidence) -> Iterator[Check]:
    yield from _played(evidence, SAM, "active")


@claim("Three processes were killed in the middle of a sitting, and each sitting was gone on with where it was.")
def killed(evidence: Evidence) -> Iterator[Check]:
    kills = [(line["who"], line["turn"], line["kill"]) for line in evidence.said if "kill" in line]
    wanted = [("Alex", 77, "within"), ("Jordan", 44, "after"), ("Sam", 66, "within")]
    yield Check("kills", sorted(kills), wanted)
    for who, turn, moment in kills:
        kept = turn if moment == "after" else turn - 1
        found = [line["seen"] for line in evidence.turns_said(ROLES[who])[kept]]
        yield Check(f"that {who} found what turn {kept} had left", all(one == found[0] for one in found), True)
        yield Check(
            f"that {who} went on", any(line.get("gone_on") for line in evidence.turns_said(ROLES[who])[kept]), True
        )


@claim("Each turn of each of them is a tick of the world's time, in the world's log once, killed or not.")
def ticks(evidence: Evidence) -> Iterator[Check]:
    log = [event["data"] for event in evidence.log(evidence.universe.folder) if event["kind"] == "timeline"]
    ids = Counter(data["event_id"] for data in log)
    yield Check("events that are there twice", [one for one, count in ids.items() if count > 1], [])
    for role in ROLES.values():
        wanted = list(range(role.begins + 1, role.ends + 1))
        own = [data["timeline_position"] for data in log if data.get("character_id") == role.character_id]
        in_force = [one.timeline_position for one in evidence.universe.events(character=role.character_id)]
        yield Check(f"{role.name}'s ticks in the log", own, wanted)
        yield Check(f"{role.name}'s ticks in the world", in_force, wanted)
        yield Check(f"where {role.name} stands", evidence.universe.position_of(role.character_id), role.ends)


@claim("Turn 50: Alex fells the forest guardian, and a new area, the hidden glade, opens; before, nobody sees it.")
def guardian_falls(evidence: Evidence) -> Iterator[Check]:
    for tick, guardian, is_open in ((49, "awake", False), (50, "fallen", True), (150, "fallen", True)):
        places = evidence.universe.world_at(tick).locations
        yield Check(f"the guardian at tick {tick}", places["forest"]["guardian"], guardian)
        yield Check(f"whether the glade is open at tick {tick}", places["glade"]["open"], is_open)
    event = evidence.event("guardian_fell")
    yield Check("who did it, and when", (event.character_id, event.timeline_position), (ALEX.character_id, 50))
    for tick, sees in ((49, False), (50, True)):
        kinds = {one.kind for one in evidence.universe.events(seen_by=SAM.character_id, position=tick)}
        yield Check(f"whether Sam knows at tick {tick}", "guardian_fell" in kinds, sees)


@claim("Turn 75: the villagers are grateful to Jordan, and stay so though Jordan's run was abandoned.")
def villagers_grateful(evidence: Evidence) -> Iterator[Check]:
    before, then = (evidence.universe.world_at(tick).factions["villagers"] for tick in (74, 75))
    grateful = {"mood": "grateful", "grateful_to": JORDAN.character_id}
    yield Check("the villagers at tick 74", before, {"mood": "afraid"})
    yield Check("the villagers at tick 75", then, grateful)
    file = read(evidence.universe.folder / "world_state.json")
    yield Check("the villagers in the world's file", file["factions"]["villagers"], grateful)


@claim("Turn 90: Sam finds Alex's sword in the new area, where Alex has laid it down; from turn 91 on Sam has it.")
def sword_found(evidence: Evidence) -> Iterator[Check]:
    sword = {"owner": ALEX.character_id, "name": "Alex's sword"}
    for tick, there in ((71, None), (72, sword), (90, sword), (91, None)):
        glade = evidence.universe.world_at(tick).locations["glade"]
        yield Check(f"the sword in the glade at tick {tick}", glade.get("sword"), there)
    found, left = evidence.event("sword_found"), evidence.event("sword_left")
    yield Check("who finds it, and when", (found.character_id, found.timeline_position), (SAM.character_id, 90))
    yield Check("what that follows on", found.data.get("follows"), left.event_id)
    with evidence.campaign(SAM) as campaign:
        sam = campaign.characters[SAM.character_id]
        memories = [(one.turn, one.about) for one in sam.memories if "sword" in one.text]
        yield Check("what Sam remembers", memories, [(60, ALEX.character_id)])
        yield Check("that Sam carries it", "Alex's sword" in {one.name for one in sam.inventory.values()}, True)


@claim("Turn 125 of the world: Sam meets Mara, and she tells that Jordan has helped her.")
def mara_met(evidence: Evidence) -> Iterator[Check]:
    met, saved = evidence.event("mara_met"), evidence.event("village_saved")
    yield Check("who meets her, and when", (met.character_id, met.timeline_position), (SAM.character_id, 125))
    yield Check("what that follows on", met.data.get("follows"), saved.event_id)
    mara = evidence.universe.world_at(125).npcs["mara"]
    yield Check("who has helped her", mara.get("helped_by"), JORDAN.character_id)
    with evidence.campaign(SAM) as campaign:
        memories = campaign.characters[SAM.character_id].memories
        yield Check("what Sam remembers", [one.about for one in memories if "Mara" in one.text], [JORDAN.character_id])


@claim("Only the completed run counts for the player: 1 run and 150 turns; what Jordan and Sam did grants nothing.")
def progression(evidence: Evidence) -> Iterator[Check]:
    meta = evidence.player.meta_progression
    yield Check("completed runs", meta.total_runs_completed, 1)
    yield Check("turns", meta.total_turns_played, ALEX.turns)
    yield Check("storylines", meta.story_mastery.major_storylines_completed, 1)
    yield Check("what the player has learned", meta.insights, [INSIGHTS["Alex"]])
    (alex,) = evidence.documents(ALEX, "runs")
    yield Check("the runs that grant something", list(evidence.player.contributions), [alex["run_id"]])
    noted = [evidence.documents(role, "runs")[0]["insights"] for role in (JORDAN, SAM)]
    yield Check("what Jordan and Sam have noted all the same", noted, [[INSIGHTS["Jordan"]], [INSIGHTS["Sam"]]])


@claim("Complex characters were not open while Alex's run went on; they are open since, and Robin is one.")
def unlocked(evidence: Evidence) -> Iterator[Check]:
    for role in (ALEX, JORDAN, SAM):
        found = [one["custom_data"]["open"] for one in evidence.documents(role, "sessions")]
        yield Check(f"what was open in {role.name}'s sittings", found, [[]] * len(role.sittings))
    (sitting,) = evidence.documents(ROBIN, "sessions")
    yield Check("whether they were open when Robin began", UNLOCK in sitting["custom_data"]["open"], True)
    yield Check("whether they are open", evidence.player.unlocked(UNLOCK), True)
    backstory = evidence.store.profiles.get(ROBIN.character_id).backstory or ""
    yield Check("Robin's divided loyalties", "neither knows of the other" in backstory, True)


@claim("Robin, who begins afterwards, knows what the player has learned.")
def lessons(evidence: Evidence) -> Iterator[Check]:
    with evidence.campaign(ROBIN) as campaign:
        memories = campaign.characters[ROBIN.character_id].memories
        known = [one.text for one in memories if one.about == "what the player learned"]
    yield Check("what Robin remembers", known, [INSIGHTS["Alex"]])
    yield Check("what the player has learned", evidence.player.meta_progression.insights, known)


@claim("Nothing is wrong with the store, and a machine that has no index of the world yet folds the same world.")
def sound(evidence: Evidence) -> Iterator[Check]:
    yield Check("problems", [str(problem) for problem in evidence.store.check()], [])
    file = read(evidence.universe.folder / "world_state.json")
    parts = ("factions", "locations", "npcs")
    with evidence.copy() as elsewhere:
        folded = elsewhere.universe.world_at(elsewhere.universe.timeline_position).model_dump(mode="json")
    yield Check("the world", {part: folded[part] for part in parts}, {part: file[part] for part in parts})


@claim("Alex's states can be gone back to, and each is what was committed then: day, mood, chat and run included.")
def states(evidence: Evidence) -> Iterator[Check]:
    turns = evidence.turns_said(ALEX)
    yield Check("the turns that are known", list(turns), list(range(1, ALEX.turns + 1)))
    chosen = list(turns) if evidence.each_state else [*range(ALEX.turns, 0, -11), 1, 50, 76, 77, 150]
    with evidence.copy() as copy, copy.store.campaigns.open(ALEX.campaign) as campaign:
        for turn in chosen:
            said = turns[turn][0]
            campaign.restore(said["event"])
            found = fingerprints(campaign)
            # That somebody sat down later stays true.
            later = {one for one in found.keys() - said["seen"].keys() if one.startswith("sessions/")}
            differing = {one for one in {*found, *said["seen"]} - later if found.get(one) != said["seen"].get(one)}
            yield Check(f"what differs at turn {turn}", sorted(differing), [])
            yield Check(f"whether the run is there at turn {turn}", any(one.startswith("runs/") for one in found), True)


@claim(
    "Where Alex goes back to turn 49, the guardian stands again and nothing is unlocked; forward again, all is back."
)
def there_and_back(evidence: Evidence) -> Iterator[Check]:
    with evidence.copy() as copy, copy.store.campaigns.open(ALEX.campaign) as campaign:
        end = campaign.head
        for name, event, guardian, is_open in (
            ("back at turn 49", evidence.turns_said(ALEX)[49][0]["event"], "awake", False),
            ("forward again", end, "fallen", True),
        ):
            campaign.restore(event)
            yield Check(f"the guardian, {name}", copy.universe.world.locations["forest"]["guardian"], guardian)
            yield Check(f"the unlock, {name}", copy.player.unlocked(UNLOCK), is_open)
            yield Check(f"Jordan's village, {name}", copy.universe.world.factions["villagers"]["mood"], "grateful")
