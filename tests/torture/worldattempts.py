"""What is attempted with a universe, and with a campaign that plays in it, while system calls fail."""

from pathlib import Path

from gamesaves import Campaign, SaveStore
from gamesaves.errors import SavesError
from gamesaves.services.universe import Universe
from tests.integration.stores import codes
from tests.torture.storescenes import TITLE
from tests.torture.wholestores import OnStore, opened
from tests.torture.worldsteps import WORLD, fell, fell_in_turn, with_universe


class Publish(OnStore):
    """Adding to the past of a universe, and bringing its documents up to date."""

    @staticmethod
    def prepare(root: Path) -> None:
        with_universe(root)

    def begin(self) -> None:
        self.universe = self.store.universes.open(WORLD)
        fell(self.universe, 9)
        self.there = len(self.universe.events())

    def act(self) -> None:
        fell(self.universe, 4)
        self.acked = True
        self.universe.flush()

    def look(self, store: SaveStore, *, known: bool) -> None:
        universe = store.universes.open(WORLD)
        done = len(universe.events()) - self.there
        assert done == self.acked or (done in (0, 1) and not known)
        _is_sound(universe)
        if store is not self.store:
            universe.close()

    def again(self) -> None:
        before = len(self.universe.events())
        fell(self.universe, 10)
        self.universe.close()
        assert self.universe.problems == [] or codes(self.universe.problems) == ["torn_line"]
        with opened(self.root) as store:
            universe = store.universes.open(WORLD)
            assert len(universe.events()) == before + 1
            _is_sound(universe)


class PublishInTurn(OnStore):
    """A turn of a campaign that adds to its universe."""

    @staticmethod
    def prepare(root: Path) -> None:
        with_universe(root)

    def begin(self) -> None:
        self.campaign: Campaign = self.store.campaigns.open(TITLE)
        fell_in_turn(self.campaign, 8)
        self.turns = self.campaign.data.total_turns

    def act(self) -> None:
        fell_in_turn(self.campaign, 9)
        self.acked = True

    def judge(self, error: SavesError | None) -> None:
        done = self.campaign.data.total_turns - self.turns
        assert done == self.acked
        if self.acked:
            # It stands whatever becomes of the universe, which gets it later.
            assert "universe_behind" in codes(self.campaign.problems) or _brought(self.campaign, self.store)
        self.campaign.close()
        super().judge(error)

    def look(self, store: SaveStore, *, known: bool) -> None:
        with store.campaigns.open(TITLE) as campaign:
            done = campaign.data.total_turns - self.turns
            assert done == self.acked or (done in (0, 1) and not known)
            assert _brought(campaign, store)
        _is_sound(store.universes.open(WORLD))
        if store is not self.store:
            store.universes.close()

    def again(self) -> None:
        with self.store.campaigns.open(TITLE) as campaign:
            fell_in_turn(campaign, 10)
            assert campaign.problems == []
            assert _brought(campaign, self.store)


def _is_sound(universe: Universe) -> None:
    assert universe.world == universe.world_at(universe.timeline_position)
    assert universe.world.locations["forest"]["fallen"] == len(universe.events())


def _brought(campaign: Campaign, store: SaveStore) -> bool:
    """Whether the universe has what the campaign has brought, once."""
    there = [one.event_id for one in store.universes.open(WORLD).events() if one.origin is not None]
    return there == [row["event_id"] for row in campaign.happenings_at(campaign.head)]
