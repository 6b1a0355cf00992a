"""Games, editors and watchers work on the same files in any order: in the end all agree, and nothing is lost."""

import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from gamesaves import SaveStore
from gamesaves.errors import InvalidDocument, NotFound
from tests.integration.machines import Machine
from tests.integration.stores import KARA, Clock, codes, edit, profile_of, read, state_of

WHO = st.sampled_from([KARA, "npc:zombie"])
FILES = st.sampled_from(["characters/pc.kara_stormwind", "characters/npc.zombie", "campaign_data", "documents/map"])
COPIED = st.sampled_from(["attire", "pose"])
OWN = {"characters": "location", "campaign_data": "description", "documents": "note"}
TOKEN = re.compile(rb"(?:hand|game)\d{4}")

ABOUT_COPIES = {"stale_copies", "copy_changed", "unknown_profile_state"}


class Editing(Machine):
    """A game with a campaign that people edit while it runs, and while it does not.

    Every value that is written is one of its own, so that it can be looked for. Each step is a person's or the game's:
    only a person may take a value away that nobody has seen yet.

    Attributes:
        must: the values that are to be found for ever.
        told: whose profile a watcher has noticed since the last turn.
        editors: what people have opened and not saved yet, by file.
    """

    def __init__(self) -> None:
        super().__init__()
        # Documents follow when the game asks for it, at no moment in between: steps have the same end each time.
        worker = self.store._context.worker
        worker.later = partial(worker.later, pause=3600.0)  # type: ignore[method-assign]
        self.count = 0
        self.saved_at = time.time_ns() + 10**12
        self.must: set[bytes] = set()
        self.told: set[str] = set()
        self.editors: dict[str, dict[str, Any]] = {}

    @initialize()
    def create(self) -> None:
        self.campaign = self.store.campaigns.create("Edited", characters=["kara_stormwind", "zombie"])
        self.name = self.campaign.id
        self.folder = self.campaign.folder
        with self.campaign.turn() as turn:
            turn.document("map")["doors"] = 3

    def _value(self, author: str) -> str:
        self.count += 1
        # No two files are of one size: programs, too, may be quicker than the file system's clock.
        return f"{author}{self.count:04d}{'.' * self.count}"

    # What a game does

    @precondition(lambda self: self.campaign)
    @rule(file=FILES, wait=st.booleans(), ends=st.booleans())
    def take_a_turn(self, file: str, wait: bool, ends: bool) -> None:
        self._turn(file, wait=wait, ends=ends)

    @precondition(lambda self: self.campaign)
    @rule(file=FILES, own=st.booleans())
    def edit_during_a_turn(self, file: str, own: bool) -> None:
        self._turn(file, meanwhile=file, own=own)

    def _turn(
        self, file: str, *, wait: bool = True, ends: bool = True, meanwhile: str | None = None, own: bool = True
    ) -> None:
        turn = self._open().begin_turn()
        self._as_the_profiles_say(self.told)
        self.told.clear()
        self._write(turn, file, self._value("game"))
        if meanwhile is not None:
            self._edit(meanwhile, OWN[file.partition("/")[0]] if own else "by_hand")
        if not ends:
            turn.discard()
            return
        turn.commit(wait=wait).result()
        assert f"game{self.count - (meanwhile is not None):04d}".encode() in self._recorded()

    def _write(self, turn: Any, file: str, value: str) -> None:
        if file == "campaign_data":
            turn.data.description = value
        elif file == "documents/map":
            turn.document("map")["note"] = value
        else:
            turn.character(file.removeprefix("characters/").replace(".", ":")).location = value

    def _as_the_profiles_say(self, people: set[str]) -> None:
        if "unknown_profile_state" in codes(self._open().problems):
            return
        for who in people:
            with suppress(NotFound, InvalidDocument):
                profile = self.store.profiles.get(who)
                held = self._open().characters[who]
                assert (held.attire, held.pose) == (profile.attire, profile.pose)

    @rule(who=WHO, field=COPIED)
    def change_a_profile(self, who: str, field: str) -> None:
        with suppress(NotFound, InvalidDocument):
            self.store.profiles.update(who, **{field: self._value("worn")})
            self.told.add(who)

    @precondition(lambda self: self.campaign)
    @rule()
    def go_back(self) -> None:
        events = self._open().history()
        self._open().restore(events[len(events) // 2])

    @precondition(lambda self: self.campaign)
    @rule()
    def flush(self) -> None:
        self._open().flush()

    @precondition(lambda self: self.campaign)
    @rule()
    def close(self) -> None:
        edited = self._in_documents()
        self._open().close()
        self.campaign = None
        self.told.clear()
        assert edited <= self._recorded(), "what was in a file when the campaign closed is in the history, or set aside"

    @precondition(lambda self: not self.campaign)
    @rule()
    def open(self) -> None:
        edited = self._in_documents()
        self.campaign = self.store.campaigns.open(self.name)
        assert self.campaign.read_only is None
        assert edited <= self._recorded()
        self._as_the_profiles_say({KARA, "npc:zombie"})

    @rule()
    def look(self) -> None:
        with self.store.campaigns.open(self.name, read_only=True) as reading:
            assert reading.characters[KARA].name == "Kara Stormwind"

    # What a watcher does, whenever it comes to it

    @rule(who=WHO)
    def notice_a_profile(self, who: str) -> None:
        self.store.profiles.noticed(who)
        if self.campaign:
            self.told.add(who)

    @precondition(lambda self: self.campaign)
    @rule()
    def notice_documents(self) -> None:
        ledger = self._open()._ledger
        ledger.take_in_edits(ledger.keys())

    # What people do

    @contextmanager
    def _by_hand(self, path: Path) -> Iterator[None]:
        """Let a person write a file: a value that was in no history yet, and that they take away, is gone."""
        before = self._everywhere()
        yield
        if path.exists():
            # No person is as quick as a tick of the file system's clock.
            self.saved_at += 1_000_000
            os.utime(path, ns=(self.saved_at, self.saved_at))
        after = self._everywhere()
        self.must -= before - after
        self.must |= {one for one in after - before if one.startswith(b"hand")}

    def _edit(self, file: str, field: str) -> None:
        path = self.folder / f"{file}.json"
        with self._by_hand(path), suppress(FileNotFoundError, ValueError):
            edit(path, **{field: self._value("hand")})

    @rule(file=FILES, own=st.booleans())
    def edit_a_document(self, file: str, own: bool) -> None:
        self._edit(file, OWN[file.partition("/")[0]] if own else "by_hand")

    @rule(who=WHO, field=COPIED)
    def edit_a_copy(self, who: str, field: str) -> None:
        self._edit(f"characters/{who.replace(':', '.')}", field)

    @rule(file=FILES)
    def open_in_an_editor(self, file: str) -> None:
        with suppress(FileNotFoundError, ValueError):
            self.editors[file] = read(self.folder / f"{file}.json")

    @rule(file=FILES)
    def save_what_was_opened_before(self, file: str) -> None:
        if file in self.editors:
            path = self.folder / f"{file}.json"
            with self._by_hand(path):
                tree = self.editors.pop(file) | {OWN[file.partition("/")[0]]: self._value("hand")}
                path.write_text(json.dumps(tree))

    @rule(file=FILES)
    def break_a_document(self, file: str) -> None:
        self._break(self.folder / f"{file}.json")

    @rule(file=FILES)
    def delete_a_document(self, file: str) -> None:
        path = self.folder / f"{file}.json"
        with self._by_hand(path):
            path.unlink(missing_ok=True)

    @rule(who=WHO, field=COPIED)
    def edit_a_profile(self, who: str, field: str) -> None:
        path = profile_of(self.store, who)
        with self._by_hand(path), suppress(FileNotFoundError, ValueError):
            edit(path, **{field: self._value("hand")})

    @rule(who=WHO, how=st.sampled_from(["break", "delete", "mend"]))
    def spoil_a_profile(self, who: str, how: str) -> None:
        path, kept = profile_of(self.store, who), self.root / who.replace(":", ".")
        if how == "mend" and kept.exists():
            with self._by_hand(path):
                kept.replace(path)
        elif how != "mend" and path.exists() and not kept.exists():
            kept.write_bytes(path.read_bytes())
            if how == "break":
                self._break(path)
            else:
                with self._by_hand(path):
                    path.unlink()

    def _break(self, path: Path) -> None:
        with self._by_hand(path):
            if path.exists():
                data = path.read_bytes()
                path.write_bytes(data.rstrip().removesuffix(b"}"))

    # What is always so

    def _values(self, paths: Iterator[Path]) -> set[bytes]:
        found: set[bytes] = set()
        for path in paths:
            with suppress(FileNotFoundError):
                found.update(TOKEN.findall(path.read_bytes()) if path.is_file() else ())
        return found

    def _in_documents(self) -> set[bytes]:
        files = ("characters/*.json", "documents/*.json", "campaign_data.json")
        return self._values(path for one in files for path in self.folder.glob(one))

    def _recorded(self) -> set[bytes]:
        """Return the values in the history, and in what was set aside."""
        aside = (self.store.root / ".saves").glob("*/recovered/**/*")
        return self._values(iter([self.folder / "log.jsonl"])) | self._values(aside)

    def _everywhere(self) -> set[bytes]:
        profiles = (self.store.root / "character_profiles").iterdir()
        return self._recorded() | self._in_documents() | self._values(profiles)

    @invariant()
    def nothing_is_lost(self) -> None:
        if self.must:
            assert self.must <= self._everywhere()

    def teardown(self) -> None:
        try:
            self._agree()
        finally:
            super().teardown()

    def _agree(self) -> None:
        """See that the game, the documents and the log say the same, once all that was edited has been taken in."""
        if self.campaign:
            self.close()
        with self.store.campaigns.open(self.name) as campaign:
            played = state_of(campaign)
        with self.store.campaigns.open(self.name, read_only=True) as reading:
            assert set(codes(reading.problems)) <= ABOUT_COPIES
            assert state_of(reading) | {"data": None} == played | {"data": None}
            on_disk = state_of(reading)
        alone = self.root / "alone" / self.name
        alone.mkdir(parents=True)
        shutil.copy(self.folder / "log.jsonl", alone)
        with SaveStore(alone.parent, clock=Clock()).campaigns.open(self.name, read_only=True) as from_the_log:
            assert state_of(from_the_log) == on_disk
        self.nothing_is_lost()


TestEditing = pytest.mark.no_cover(Editing.TestCase)
TestEditing.settings = settings(max_examples=60, stateful_step_count=30, derandomize=True, deadline=None)
