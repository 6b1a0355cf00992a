"""The timeline of a universe: whatever is added, taken back or added to the past, every reader folds one world."""

import json
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gamesaves import SaveStore
from gamesaves.disk import files
from gamesaves.documents import Effect, TimelineEvent
from gamesaves.services.universe import Universe
from tests.integration.stores import Quick

PLACES = "/locations"
PATHS = [f"{PLACES}/forest", f"{PLACES}/forest/guardian", f"{PLACES}/forest/trees", f"{PLACES}/town/gate", "/npcs/tom"]
LARGEST = 2**63 - 1
VALUES: list[Any] = ["open", 3, {"trees": 4}, {"guardian": {"alive": True}}, None, [1, 2]]


@dataclass
class Told:
    """An event as the model has it."""

    event: TimelineEvent
    order: int
    in_force: bool = True


@dataclass
class Model:
    """The plainest timeline there can be: a list, folded from the start whenever somebody asks."""

    events: list[Told] = field(default_factory=list)
    furthest: int = 0

    def world(self, tick: int) -> dict[str, Any]:
        world: dict[str, Any] = {"factions": {}, "locations": {"forest": {"trees": 1}}, "npcs": {}}
        in_force = [one for one in self.events if one.in_force and one.event.takes_effect_at <= tick]
        for one in sorted(in_force, key=lambda one: (one.event.takes_effect_at, one.order)):
            for effect in one.event.effects:
                _apply(world, effect)
        return world

    def seen(self, position: int, character: str) -> list[str | None]:
        found = [
            one
            for one in self.events
            if one.in_force and (one.event.timeline_position <= position or one.event.character_id == character)
        ]
        return [one.event.event_id for one in sorted(found, key=lambda one: (one.event.timeline_position, one.order))]


def _apply(world: dict[str, Any], effect: Effect) -> None:
    path = (effect.set or effect.unset or effect.increment or "")[1:].split("/")
    node = world
    for step in path[:-1]:
        if not isinstance(node.get(step), dict):
            if effect.unset is not None:
                return
            node[step] = {}
        node = node[step]
    last = path[-1]
    if effect.set is not None:
        node[last] = json.loads(json.dumps(effect.value))
    elif effect.unset is not None:
        node.pop(last, None)
    else:
        old = node.get(last)
        total = old + effect.by if isinstance(old, int | float) else effect.by
        node[last] = total if -LARGEST - 1 <= total <= LARGEST else old


effects = st.one_of(
    st.builds(lambda path, value: Effect(set=path, value=value), st.sampled_from(PATHS), st.sampled_from(VALUES)),
    st.builds(lambda path: Effect(unset=path), st.sampled_from(PATHS)),
    st.builds(
        lambda path, by: Effect(increment=path, by=by),
        st.sampled_from(PATHS),
        st.integers(-3, 3) | st.sampled_from([LARGEST, -LARGEST, LARGEST // 2]),
    ),
)
published = st.builds(
    lambda tick, later, scope, who, made: TimelineEvent(
        timeline_position=tick,
        matures_at=None if later is None else tick + later,
        scope="major",
        character_id=who,
        kind=scope,
        effects=made,
    ),
    st.integers(0, 12),
    st.none() | st.integers(0, 6),
    st.sampled_from(["built", "fell"]),
    st.sampled_from(["pc:alex", "pc:sam"]),
    st.lists(effects, max_size=3),
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), published),
        st.tuples(st.sampled_from(["retract", "reinstate"]), st.integers(0, 30)),
        st.tuples(st.just("move"), st.integers(0, 20)),
        st.tuples(st.sampled_from(["forget the index", "open anew"]), st.none()),
    ),
    min_size=1,
    max_size=14,
)


def _agree(universe: Universe, model: Model) -> None:
    def plain(world: Any) -> dict[str, Any]:
        tree: dict[str, Any] = world.model_dump(mode="json")
        return {name: tree[name] for name in ("factions", "locations", "npcs")}

    assert universe.timeline_position == model.furthest
    assert plain(universe.world) == model.world(model.furthest)
    for tick in (0, 3, 7, 20):
        assert plain(universe.world_at(tick)) == model.world(tick)
        assert [one.event_id for one in universe.events(seen_by="pc:sam", position=tick)] == model.seen(tick, "pc:sam")
    assert [one.event_id for one in universe.world.major_events] == model.seen(model.furthest, "")


@settings(max_examples=80, deadline=None)
@given(steps)
def test_the_world_is_what_all_effects_in_their_order_make_of_it(taken: list[tuple[str, Any]]) -> None:
    root = Path(tempfile.mkdtemp())
    try:
        with files.using(Quick()):
            store = SaveStore(root / "store")
            universe = store.universes.create("World", world={"locations": {"forest": {"trees": 1}}})
            model = Model()
            for step, what in taken:
                if step == "publish":
                    event = universe.publish(what)
                    model.events.append(Told(event, len(model.events)))
                    model.furthest = max(model.furthest, event.timeline_position)
                elif step == "move":
                    universe.move({"pc:sam": what}, campaign_id="elsewhere")
                    model.furthest = max(model.furthest, what)
                elif step == "forget the index":
                    for folder in (root / "store/.saves").glob("*/index"):
                        shutil.rmtree(folder)
                elif step == "open anew":
                    store.close()
                    store = SaveStore(root / "store")
                    universe = store.universes.open("World")
                elif model.events:
                    told = model.events[what % len(model.events)]
                    told.in_force = step == "reinstate"
                    change = universe.reinstate if told.in_force else universe.retract
                    change(str(told.event.event_id))
            _agree(universe, model)
            store.close()
            with SaveStore(root / "store") as again:
                _agree(again.universes.open("World"), model)
    finally:
        shutil.rmtree(root)


# Two copies


def _folded(folder: Path, others: Path) -> dict[str, Any]:
    """Fold what is in the logs of two copies, in the plainest way."""
    lines = {line for path in (folder, others) for line in (path / "log.jsonl").read_text("utf-8").splitlines()}
    events = [event for event in map(json.loads, lines) if event["kind"] == "timeline"]
    told = [
        Told(TimelineEvent.model_validate(event["data"]), 0)
        for event in sorted(events, key=lambda event: (event["seq"], event["hash"]))
    ]
    for order, one in enumerate(told):
        one.order = order
    model = Model(told)
    return model.world(max((one.event.timeline_position for one in told), default=0))


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.lists(published, max_size=4)] * 3))
def test_two_copies_that_went_on_are_one_world_again(parts: tuple[list[TimelineEvent], ...]) -> None:
    root = Path(tempfile.mkdtemp())
    try:
        with files.using(Quick()):
            ours, theirs = root / "ours", root / "theirs"
            with SaveStore(ours) as store:
                universe = store.universes.create("World", world={"locations": {"forest": {"trees": 1}}})
                for event in parts[0]:
                    universe.publish(event)
                name = universe.id
            shutil.copytree(ours, theirs)
            for place, events in ((ours, parts[1]), (theirs, parts[2])):
                with SaveStore(place) as store:
                    for event in events:
                        store.universes.open(name).publish(event)
            copies = [root / one / "universes" / name for one in ("ours", "theirs", "kept")]
            shutil.copytree(copies[0], copies[2])
            worlds = []
            for here, other in ((ours, copies[1]), (theirs, copies[2])):
                with SaveStore(here) as store:
                    universe = store.universes.open(name)
                    universe.merge(other)
                    worlds.append(universe.world.model_dump(mode="json"))
                    at_head = universe.world_at(universe.timeline_position).model_dump(mode="json")
                    assert at_head == worlds[-1]
                    assert universe.compare(copies[1]).kind in ("identical", "ahead")
            assert worlds[0] == worlds[1]
            heads = [json.loads((one / "log.jsonl").read_bytes().splitlines()[-1])["hash"] for one in copies[:2]]
            assert heads[0] == heads[1]
            folded = _folded(copies[2], copies[1])
            assert {key: worlds[0][key] for key in folded} == folded
    finally:
        shutil.rmtree(root)
