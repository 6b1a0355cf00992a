"""Eight processes want the same profile or the same campaign: no update is lost, nobody waits for ever, one writes."""

import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gamesaves import SaveStore
from gamesaves.disk import files
from gamesaves.ids import slug
from gamesaves.services.contracts import HAPPENINGS
from tests.integration.stores import KARA
from tests.torture.breaking import Unflushed
from tests.torture.contending import FIELDS, PROCESSES, TITLE, digest

ROOT = Path(__file__).parents[2]
CREDITS = 2_000
TURNS = 500
EVENTS = 40
KILLED_AFTER = (3, 10, 17)


class Contender:
    """A process that waits to begin."""

    def __init__(self, root: Path, role: str, number: int = 0, count: int = 0) -> None:
        arguments = [str(root), role, str(number), str(count)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.contending", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=ROOT,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def hear(self) -> dict[str, Any]:
        """Wait for the next thing it says."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"process {self.pid} ended"
        said: dict[str, Any] = json.loads(line)
        return said

    def go(self) -> None:
        """Let it go on."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def contenders(root: Path, role: str, number: int, count: int = 0) -> Iterator[list[Contender]]:
    """Begin processes and wait until all are ready; whatever happens, none is left."""
    begun = [Contender(root, role, one, count) for one in range(number)]
    try:
        for one in begun:
            assert one.hear() == {"ready": True}
        yield begun
    finally:
        for one in begun:
            one.kill()


def all_done(begun: list[Contender]) -> list[dict[str, Any]]:
    """Let all go at once, and return what each has done."""
    for one in begun:
        one.go()
    return [one.hear() for one in begun]


@pytest.fixture
def root(scratch: Path) -> Path:
    root = scratch / "store"
    with files.using(Unflushed()), SaveStore(root) as store:
        store.profiles.save(store.presets.draft("kara_stormwind"))
        store.campaigns.create(TITLE, characters=[KARA]).close()
    return root


def test_eight_processes_change_one_profile_and_no_update_is_lost(root: Path) -> None:
    with contenders(root, "credit", PROCESSES, CREDITS) as begun:
        assert all_done(begun) == [{"done": CREDITS}] * PROCESSES
    profile = SaveStore(root).profiles.get(KARA)
    assert profile.total_interactions == PROCESSES * CREDITS
    assert profile.interactions == {f"campaign_{number}": CREDITS for number in range(PROCESSES)}
    assert [getattr(profile, field) for field in FIELDS] == [str(CREDITS)] * PROCESSES


def test_eight_processes_play_one_campaign_one_at_a_time_and_no_turn_is_lost(root: Path) -> None:
    with contenders(root, "play", PROCESSES, TURNS) as begun:
        results = all_done(begun)
        pids = {one.pid for one in begun}
    assert [result["done"] for result in results] == [TURNS] * PROCESSES
    refused = [holder for result in results for holder in result["holders"]]
    assert refused
    for pid, host, program, since in refused:
        assert pid in pids
        assert (host, program) == (slug(platform.node()), "contending.py")
        assert datetime.fromisoformat(since).tzinfo == UTC
    with SaveStore(root) as store, store.campaigns.open(TITLE) as campaign:
        assert campaign.problems == []
        assert campaign.document("counter")["n"] == PROCESSES * TURNS
        turns = [event for event in campaign.history() if event.kind == "turn"]
        assert len(turns) == PROCESSES * TURNS
        assert len({event.note for event in turns}) == PROCESSES


def test_all_who_find_a_campaign_open_are_told_who_has_it(root: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    with contenders(root, "hold", 1) as (holder,), contenders(root, "look", PROCESSES - 1) as others:
        holder.go()
        assert holder.hear() == {"held": True}
        for told in all_done(others):
            assert (told["pid"], told["host"], told["program"]) == (holder.pid, slug(platform.node()), "contending.py")
            assert before <= datetime.fromisoformat(told["since"]) <= datetime.now(UTC)
            assert f"contending.py (process {holder.pid} on {told['host']}, since {told['since']})" in told["text"]


@pytest.mark.parametrize("way", ["closed", "killed"])
def test_a_campaign_is_free_as_soon_as_whoever_had_it_is_gone(root: Path, way: str) -> None:
    with contenders(root, "hold", 1) as (holder,), contenders(root, "look", 1) as (other,):
        holder.go()
        assert holder.hear() == {"held": True}
        if way == "killed":
            holder.kill()
        else:
            holder.go()
            assert holder.hear() == {"held": False}
        assert all_done([other]) == [{"opened": True}]


def test_eight_processes_add_to_one_universe_and_nothing_is_lost_whoever_is_killed(root: Path) -> None:
    with files.using(Unflushed()), SaveStore(root) as store:
        universe = store.universes.create("World").id
        for number in range(PROCESSES):
            store.campaigns.create(f"Road {number}", characters=[KARA], universe=universe).close()
    with contenders(root, "share", PROCESSES, EVENTS) as begun:
        for one in begun:
            one.go()
        told = []
        for one, count in zip(begun, KILLED_AFTER, strict=False):
            told += [one.hear()["told"] for _ in range(count)]
            one.kill()
        others = begun[len(KILLED_AFTER) :]
        for one in others:
            told += [one.hear()["told"] for _ in range(EVENTS)]
            assert one.hear() == {"done": EVENTS}
        with files.using(Unflushed()), SaveStore(root) as store:
            for number in range(len(KILLED_AFTER)):
                # What was committed, and had not reached the universe yet, does so now.
                store.campaigns.open(f"Road {number}").close()
        seen = {said["seen"] for said in all_done(others)}
    shutil.rmtree(next(root.glob(".saves/*/index")))
    with SaveStore(root) as store:
        there = store.universes.open("World")
        assert {digest(there)} == seen
        happened = [event.description for event in there.events()]
        assert len(happened) == len(set(happened)) == there.world.locations["forest"]["fallen"]
        assert set(told) <= set(happened)
        assert there.world == there.world_at(there.timeline_position)
        for number in range(PROCESSES):
            with store.campaigns.open(f"Road {number}", read_only=True) as campaign:
                turns = [event.data[HAPPENINGS] for event in campaign.history() if event.kind == "turn"]
                assert {row["description"] for rows in turns for row in rows} <= set(happened)
