"""Several programs and several threads on one store."""

import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gamesaves import SaveStore
from gamesaves.errors import Locked, ReadOnly
from tests.integration.stores import KARA, PNG, PROFILES, bytes_in, child, codes, in_child, in_threads, read, state_of

HOLD = (
    "campaign = SaveStore(sys.argv[1]).campaigns.open(sys.argv[2])\n"
    "with campaign.turn() as turn: turn.character('pc:kara_stormwind').take_damage(5)\n"
    "print(campaign.id, flush=True); wait(); campaign.close()\n"
)


def all_at_once(script: str, arguments: list[list[str | Path]]) -> list[int]:
    """Run the script in as many processes as there are arguments, at once; return their exit codes."""
    beginning = "import sys\nfrom pathlib import Path\nfrom gamesaves import *\nfrom gamesaves import errors\n"
    processes = [
        subprocess.Popen([sys.executable, "-c", beginning + script, *map(str, one)], stderr=subprocess.PIPE)
        for one in arguments
    ]
    for process in processes:
        _, trouble = process.communicate(timeout=100)
        assert not trouble, trouble.decode()
    return [process.returncode for process in processes]


@pytest.fixture
def campaign_id(store: SaveStore) -> str:
    with store.campaigns.create("Shared", characters=["kara_stormwind"]) as campaign:
        return campaign.id


def test_a_second_program_learns_who_has_a_campaign_open_and_can_read_it(store: SaveStore, campaign_id: str) -> None:
    with child(HOLD, store.root, campaign_id) as process:
        with pytest.raises(Locked) as refused:
            store.campaigns.open(campaign_id)
        error = refused.value
        assert (error.pid, error.exit_code, error.code) == (process.pid, 11, "locked")
        assert error.host
        assert socket.gethostname().split(".")[0].lower()[:1] == error.host[:1]
        assert error.program == "-c"
        assert error.since is not None
        since = datetime.fromisoformat(error.since)
        assert timedelta() <= datetime.now(UTC) - since < timedelta(minutes=2)
        for word in (str(process.pid), error.host, error.program, error.since, campaign_id):
            assert word in error.message
        with pytest.raises(Locked):
            store.campaigns.remove(campaign_id)
        with store.campaigns.open(campaign_id, read_only=True) as reading:
            assert reading.characters[KARA].hit_points_current == 21
        assert [one.total_turns for one in store.campaigns.list()] == [1]
        store.profiles.update(KARA, pose="waiting")
        store.campaigns.create("Another", characters=[KARA]).close()
    store.campaigns.open(campaign_id).close()


def test_the_lock_of_a_killed_program_is_free_at_once(store: SaveStore, campaign_id: str) -> None:
    with child(HOLD, store.root, campaign_id) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with store.campaigns.open(campaign_id) as campaign:
            assert campaign.characters[KARA].hit_points_current == 21


def test_a_program_that_ends_without_closing_has_written_its_documents(store: SaveStore, campaign_id: str) -> None:
    script = (
        "campaign = SaveStore(sys.argv[1]).campaigns.open(sys.argv[2])\n"
        "turn = campaign.begin_turn(); turn.character('pc:kara_stormwind').take_damage(9)\n"
        "turn.commit(wait=False)\n"
    )
    in_child(script, store.root, campaign_id)
    kara = read(store.root / campaign_id / "characters" / "pc.kara_stormwind.json")
    assert kara["hit_points_current"] == 17


def test_two_stores_in_one_program_keep_each_other_out(store: SaveStore, campaign_id: str) -> None:
    other = SaveStore(store.root)
    with store.campaigns.open(campaign_id):
        with pytest.raises(Locked) as refused:
            other.campaigns.open(campaign_id)
        assert refused.value.pid == os.getpid()
        with other.campaigns.open(campaign_id, read_only=True) as reading:
            assert reading.title == "Shared"
    other.campaigns.open(campaign_id).close()


def test_many_read_while_one_plays(store: SaveStore, campaign_id: str) -> None:
    stop = threading.Event()
    seen: list[tuple[int, int]] = []

    def look(_: int) -> None:
        reader = SaveStore(store.root)
        while not stop.is_set():
            with reader.campaigns.open(campaign_id, read_only=True) as reading:
                assert [one for one in reading.problems if one.severity == "error"] == []
                experience = reading.characters[KARA].experience
                count = reading.document("count")["n"]
                assert experience == count, "never half a commit"
                seen.append((experience, count))

    with store.campaigns.open(campaign_id) as campaign:
        with campaign.turn() as turn:
            turn.document("count")["n"] = 0
        campaign.flush()
        raised: list[BaseException] = []
        watchers = threading.Thread(target=lambda: raised.extend(in_threads(2, look)))
        watchers.start()
        for _ in range(60):
            with campaign.turn() as turn:
                turn.document("count")["n"] += 1
                turn.character(KARA).gain_experience(1)
        stop.set()
        watchers.join()
    assert raised == []
    assert seen


def test_two_processes_that_update_one_profile_lose_nothing(store: SaveStore) -> None:
    store.profiles.save(store.presets.draft("kara_stormwind"))
    script = (
        "store = SaveStore(sys.argv[1])\n"
        "for n in range(200):\n"
        "    store.profiles.update('pc:kara_stormwind', **{sys.argv[2]: f'{sys.argv[2]} {n}'})\n"
    )
    before = store.profiles.get(KARA)
    assert all_at_once(script, [[store.root, "pose"], [store.root, "attire"]]) == [0, 0]
    after = store.profiles.get(KARA)
    assert (after.pose, after.attire) == ("pose 199", "attire 199")
    assert after.revision == before.revision + 400, "every change counts once, so none was overwritten"


def test_eight_processes_on_one_store_lose_nothing(store: SaveStore) -> None:
    store.profiles.save(store.presets.draft("kara_stormwind"))
    script = (
        "store = SaveStore(sys.argv[1]); me = sys.argv[2]\n"
        "for n in range(5):\n"
        "    p = store.profiles.get('pc:kara_stormwind')\n"
        "    store.profiles.update('pc:kara_stormwind', **{me: f'{me} {n}'})\n"
        "store.images.add(b'\\x89PNG\\r\\n\\x1a\\n' + me.encode())\n"
        "store.images.add(b'\\x89PNG\\r\\n\\x1a\\n' + b'the same')\n"
        "with store.campaigns.create('Story of ' + me, characters=['zombie', 'pc:kara_stormwind']) as campaign:\n"
        "    with campaign.turn() as turn: turn.character('npc:zombie').take_damage(1)\n"
    )
    fields = ["pose", "attire", "build", "gender", "backstory", "appearance", "primary_weapon", "facial_features"]
    before = store.profiles.get(KARA).revision
    assert all_at_once(script, [[store.root, one] for one in fields]) == [0] * 8
    kara = store.profiles.get(KARA)
    assert {one: getattr(kara, one) for one in fields} == {one: f"{one} 4" for one in fields}
    assert kara.revision == before + 40 + 1, "and once for the voice, which the first campaign gave"
    assert len(store.images.list()) == 9
    assert len(store.campaigns.list()) == 8
    assert store.profiles.get("npc:zombie").total_interactions == 8
    assert [one.character_id for one in store.profiles.list()] == ["npc:zombie", KARA]
    # The others have gone on changing her since a campaign was made, perhaps more often than a profile remembers.
    assert set(codes(store.check())) <= {"stale_copies", "unknown_profile_state"}
    assert not list(store.root.rglob("*.saves-tmp"))


def test_the_same_new_character_made_by_many_at_once_is_one(store: SaveStore) -> None:
    script = "store = SaveStore(sys.argv[1])\nprint(store.profiles.save(store.presets.draft('kara_stormwind')).uid)\n"
    all_at_once(script, [[store.root]] * 4)
    assert [one.character_id for one in store.profiles.list()] == [KARA]
    assert len(bytes_in(store.root / PROFILES)) == 2


def test_different_characters_of_one_name_made_at_once_are_all_there(store: SaveStore) -> None:
    script = (
        "from gamesaves.documents import CharacterPreset\n"
        "store = SaveStore(sys.argv[1])\n"
        "store.profiles.save(Draft.of(CharacterPreset(name='Bob', pose=sys.argv[2])))\n"
    )
    all_at_once(script, [[store.root, str(number)] for number in range(4)])
    ids = [one.character_id for one in store.profiles.list()]
    assert ids == ["pc:bob", "pc:bob_2", "pc:bob_3", "pc:bob_4"]
    assert {store.profiles.get(one).pose for one in ids} == {"0", "1", "2", "3"}


def test_threads_may_share_one_store(store: SaveStore) -> None:
    store.profiles.save(store.presets.draft("kara_stormwind"))

    def work(number: int) -> None:
        for index in range(3):
            store.profiles.update(KARA, **{("pose", "attire", "build", "gender")[number]: f"{number}-{index}"})
            with store.campaigns.create(f"{number}-{index}", characters=["zombie", KARA]) as campaign:
                with campaign.turn() as turn:
                    turn.character(KARA).take_damage(1)
                assert campaign.enriched(KARA).hit_points_current == 25
            store.campaigns.list()
            store.profiles.list()
            store.images.add(PNG + bytes([number]))

    assert in_threads(4, work) == []
    kara = store.profiles.get(KARA)
    assert (kara.pose, kara.attire, kara.build, kara.gender) == ("0-2", "1-2", "2-2", "3-2")
    assert kara.total_interactions == 12
    assert len(store.campaigns.list()) == 12
    store.sync()
    assert codes(store.check()) == []


def test_a_campaign_is_handed_from_one_thread_to_the_next(store: SaveStore, campaign_id: str) -> None:
    campaign = store.campaigns.open(campaign_id)
    assert in_threads(1, lambda _: campaign.close()) == []

    def play(_: int) -> None:
        with store.campaigns.open(campaign_id) as again, again.turn() as turn:
            turn.character(KARA).take_damage(1)

    for _ in range(3):
        assert in_threads(1, play) == []
    with store.campaigns.open(campaign_id) as again:
        assert again.characters[KARA].hit_points_current == 23


def test_a_store_is_made_once_however_many_begin_at_once(root: Path) -> None:
    all_at_once("SaveStore(sys.argv[1]).create()", [[root]] * 4)
    assert sorted(path.name for path in root.iterdir()) == ["README.txt", "store.json"]
    assert in_threads(4, lambda _: SaveStore(root).create()) == []
    assert SaveStore(root).check() == []


def test_readers_see_one_state_before_and_after_a_campaign_closes(store: SaveStore, campaign_id: str) -> None:
    with store.campaigns.open(campaign_id) as campaign:
        with campaign.turn() as turn:
            turn.character(KARA).take_damage(2)
        campaign.say("narrator", "x")
        reader = SaveStore(store.root)
        with reader.campaigns.open(campaign_id, read_only=True) as reading:
            assert state_of(reading) == state_of(campaign)
    with reader.campaigns.open(campaign_id, read_only=True) as later:
        assert state_of(later) == state_of(campaign)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_that_is_forked_off_does_not_write_with_the_others_lock(store: SaveStore) -> None:
    with store.campaigns.create("Forked") as campaign:
        with campaign.turn() as turn:
            turn.document("d")["parent"] = 1
        child = os.fork()
        if child == 0:
            try:
                campaign.begin_turn()
            except ReadOnly:
                campaign.close()
                os._exit(7)
            os._exit(8)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        with pytest.raises(Locked) as refused:
            store.campaigns.open(campaign.id)
        assert "with" in str(refused.value.hint)
        with campaign.turn() as turn:
            turn.document("d")["parent"] = 2
    with store.campaigns.open("Forked") as campaign:
        assert (campaign.document("d")["parent"], campaign.problems) == (2, [])
