"""What has to be there after a game was killed."""

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from gamesaves import Campaign, SaveStore
from tests.integration.stores import KARA
from tests.torture.killed import SIDE, TITLE
from tests.torture.wholestores import opened


class Survivors:
    """Keeps account of what a store's games have acknowledged, and looks for it.

    Attributes:
        least, most: for each value that is counted up, what was acknowledged or seen last, and what was begun.
        edit: the number that was last written into the notes by hand.
        edits: how often that was done.
        taken_in: whether that edit is in the log for certain.
        ruins: the bytes of files that were broken by hand.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.least = {"turn": 0, "profile": 0}
        self.most = dict(self.least)
        self.events: list[str] = []
        self.pictures: set[str] = set()
        self.created: set[str] = set()
        self.removed: dict[str, str] = {}
        self.edit = self.edits = 0
        self.taken_in = True
        self.ruins: list[bytes] = []

    def hear(self, lines: Iterable[bytes]) -> bool:
        """Take down what a game has told; return whether it came to its end."""
        ended = False
        for when, what, value in map(json.loads, lines):
            if what in self.least:
                self.most[what] = value
                self.least[what] = value if when == "done" else self.least[what]
            elif what == "event":
                self.events.append(value)
            elif what == "picture":
                self.pictures.add(value)
            elif what == "created":
                self.created.add(value)
            elif what == "removed":
                self.removed[value[0]] = value[1]
            else:
                ended = True
        return ended

    def look(self, *, writing: bool) -> None:
        """Look for everything that was acknowledged; open for writing, as the next game does, or only look."""
        with opened(self.root) as store:
            with store.campaigns.open(TITLE, read_only=not writing) as campaign:
                self._look_at(campaign)
            self._seen("profile", int(store.profiles.get(KARA).attire or 0))
            self._look_at_pictures(store)
            self._look_for_side_stories(store)
        self.taken_in = self.taken_in or writing
        kept = [path.read_bytes() for path in self.root.rglob("notes.json")]
        assert [ruin for ruin in self.ruins if ruin not in kept] == []

    def _seen(self, what: str, value: int) -> None:
        assert self.least[what] <= value <= self.most[what], f"{what} is {value}"
        self.least[what] = self.most[what] = value

    def _look_at(self, campaign: Campaign) -> None:
        turns = int(campaign.document("counter")["n"])
        self._seen("turn", turns)
        notes = campaign.document("notes")
        assert notes["turn"] == turns
        assert campaign.characters[KARA].hit_points_current == 1 + turns % 9 or not turns
        assert [message.text for message in campaign.messages] == [str(one) for one in range(1, turns + 1)]
        history = campaign.history()
        self._look_for_edit(campaign, notes["edit"])
        assert [one.prev for one in history] == [None, *(one.hash for one in history[:-1])]
        assert set(self.events) <= {one.hash for one in history}

    def _look_for_edit(self, campaign: Campaign, found: int) -> None:
        if found == self.edit:
            return
        # The edit before was in the log, but not yet in the file that was edited again: a conflict, told and kept.
        conflicts = [one for event in campaign.history() for one in event.data.get("conflicts", ())]
        if {"value": self.edit} in [one["theirs"] for one in conflicts]:
            self.edit = found
        else:
            assert "edit_not_recorded" in [problem.code for problem in campaign.problems]

    def _look_at_pictures(self, store: SaveStore) -> None:
        for image in store.images.list():
            if not image.path.endswith(".saves-tmp"):
                assert sha256(image.file.read_bytes()).hexdigest()[:12] in image.path
        assert self.pictures <= {image.path for image in store.images.list()}

    def _look_for_side_stories(self, store: SaveStore) -> None:
        there = {one.campaign_id for one in store.campaigns.list() if one.title == SIDE}
        for identifier in there:
            with store.campaigns.open(identifier, read_only=True) as campaign:
                assert {one.code for one in campaign.problems} <= {"stale_copies", "unknown_profile_state"}
                assert len(campaign.party) == 1
        kept = {path.parent.name for path in self.root.glob(".saves/*/recovered/*/*/log.jsonl")}
        assert self.created <= there | kept
        assert set(self.removed) <= kept
        assert not there & kept
