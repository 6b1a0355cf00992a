"""Sittings of a campaign: what they count, what they keep, and what a crash leaves of them."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from gamesaves import Campaign, Commit, Event, SaveStore
from gamesaves.disk import files, log
from gamesaves.documents import Session
from gamesaves.errors import Ambiguous, Damaged, InvalidValue, NoSpace, NotFound, SavesError, TurnRequired
from tests.integration.stores import KARA, Clock, Mortal, Quick, abandon, codes, document_of, edit, in_child, read


@dataclass
class Stopwatch:
    """A clock that moves on only when the test says so."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def timed(root: Path, watch: Stopwatch) -> Iterator[SaveStore]:
    with SaveStore(root, clock=Clock(), monotonic=watch) as store:
        yield store


@pytest.fixture
def campaign(timed: SaveStore) -> Iterator[Campaign]:
    with timed.campaigns.create("Sat Down", characters=["kara_stormwind"]) as campaign:
        yield campaign


def hurt(campaign: Campaign, note: str = "Ouch") -> None:
    with campaign.turn(note) as turn:
        turn.character(KARA).take_damage(1)


def going_on(campaign: Campaign) -> Session:
    session = campaign.session
    assert session is not None
    return session


# Life


def test_a_session_begins_is_paused_goes_on_ends_and_is_put_away(campaign: Campaign) -> None:
    assert campaign.session is None
    assert dict(campaign.sessions) == {}
    begun = campaign.start_session("First night", device="handheld", game_version="1.2")
    assert campaign.session == begun == campaign.sessions["session_001"]
    assert (begun.status, begun.session_name, begun.device, begun.game_version) == (
        "active", "First night", "handheld", "1.2",
    )  # fmt: skip
    assert (begun.campaign_id, begun.character_ids) == (campaign.id, [KARA])
    assert [one.character_id for one in begun.active_characters] == [KARA]
    assert campaign.pause_session().status == "paused"
    assert going_on(campaign).session_id == "session_001", "a session that is paused goes on"
    assert campaign.resume_session().status == "active"
    ended = campaign.end_session()
    assert (ended.status, ended.ended_at is not None) == ("ended", True)
    assert campaign.session is None
    assert campaign.archive_session("session_001").status == "archived"
    assert [(event.kind, event.session, event.note) for event in campaign.history()[1:]] == [
        ("session", "session_001", "First night begins"),
        ("session", "session_001", "First night is paused"),
        ("session", "session_001", "First night goes on"),
        ("session", "session_001", "First night ends"),
        ("session", "session_001", "First night is put away"),
    ]


@pytest.mark.parametrize(
    ("before", "move", "told"),
    [
        ([], "pause_session", "no session goes on"),
        ([], "resume_session", "no session goes on"),
        ([], "end_session", "no session goes on"),
        (["start_session"], "resume_session", "is active and cannot become active"),
        (["start_session", "pause_session"], "pause_session", "is paused and cannot become paused"),
        (["start_session", "end_session"], "end_session", "no session goes on"),
    ],
)
def test_a_move_that_makes_no_sense_is_refused(campaign: Campaign, before: list[str], move: str, told: str) -> None:
    for step in before:
        getattr(campaign, step)()
    seq = campaign.seq
    with pytest.raises(InvalidValue, match=told) as refused:
        getattr(campaign, move)()
    assert refused.value.hint
    assert campaign.seq == seq


def test_one_session_is_archived_only_once_it_has_ended(campaign: Campaign) -> None:
    campaign.start_session()
    with pytest.raises(InvalidValue, match="is active and cannot become archived"):
        campaign.archive_session("session_001")
    with pytest.raises(NotFound):
        campaign.archive_session("session_009")
    with pytest.raises(NotFound):
        campaign.resume_session("session_009")


def test_a_name_that_is_the_id_of_another_session_is_not_taken_for_it(campaign: Campaign) -> None:
    campaign.start_session("Friday")
    campaign.start_session("session_001")
    with pytest.raises(Ambiguous) as caught:
        campaign.resume_session("session_001")
    assert caught.value.hint == "Say 'Friday' for session_001; of the others say the ids."
    assert campaign.resume_session("Friday").session_id == "session_001"
    assert campaign.session_id_of("session_002") == "session_002"


def test_beginning_another_pauses_the_one_that_is_active_in_the_same_commit(campaign: Campaign) -> None:
    campaign.start_session()
    campaign.start_session()
    assert campaign.head.kind == "session"
    assert campaign.head.session == "session_002"
    assert sorted(campaign.head.changes) == ["sessions/session_001", "sessions/session_002"]
    assert [one.status for one in campaign.sessions.values()] == ["paused", "active"]
    campaign.resume_session("session_001")
    assert [one.status for one in campaign.sessions.values()] == ["active", "paused"]
    assert going_on(campaign).session_id == "session_001", "an active one comes before a newer one that is paused"
    campaign.end_session()
    assert going_on(campaign).session_id == "session_002"
    assert [one.session_name for one in campaign.sessions.values()] == ["Session 1", "Session 2"]


def test_who_takes_part_and_where(campaign: Campaign) -> None:
    zombie = campaign.add_character("zombie")
    campaign.add_scene("Cave")
    campaign.add_scene("Mill", environment_state={"lighting": "dim"})
    first = campaign.start_session()
    assert first.character_ids == [KARA], "the party"
    assert first.active_scene.scene_id == "scene_001"
    second = campaign.start_session(characters=[zombie, KARA], scene="scene_002", custom_data={"mode": "hard"})
    assert second.character_ids == ["npc:zombie", KARA]
    assert (second.active_scene.scene_id, second.active_scene.environment_state) == ("scene_002", {"lighting": "dim"})
    assert second.custom_data == {"mode": "hard"}
    for wrong, error in (
        ({"scene": "scene_009"}, NotFound),
        ({"characters": ["nobody"]}, NotFound),
        ({"status": "ended"}, InvalidValue),
        ({"moood": "grim"}, InvalidValue),
        ({"temporal_state": {"time_period": "noon"}}, InvalidValue),
    ):
        with pytest.raises(error):
            campaign.start_session(**wrong)
    assert len(campaign.sessions) == 2


def test_a_session_goes_along_to_the_scene_that_a_turn_goes_to(timed: SaveStore, campaign: Campaign) -> None:
    def place() -> tuple[str | None, dict[str, object]]:
        scene = timed.campaigns.open(campaign.id, read_only=True).sessions["session_001"].active_scene
        assert scene == campaign.sessions["session_001"].active_scene
        return scene.scene_id, scene.environment_state

    for scene_id in ("cave", "mill"):
        campaign.add_scene(scene_id, scene_id=scene_id, environment_state={"lighting": scene_id, "smell": None})
    campaign.start_session()
    assert place() == ("cave", {"lighting": "cave"})
    with campaign.turn() as turn:
        turn.data.current_scene_id = "mill"
    assert sorted(campaign.head.changes) == ["campaign_data", "sessions/session_001"]
    assert place() == ("mill", {"lighting": "mill"})
    campaign.add_scene("Tower", scene_id="tower", current=True)
    assert (place(), going_on(campaign).turn_count) == (("tower", {}), 1)
    with campaign.turn() as turn:
        turn.data.current_scene_id = "cave"
        turn.scene("cave").environment_state.lighting = "torches"
    assert place() == ("cave", {"lighting": "torches"})
    with campaign.turn() as turn:
        turn.data.current_scene_id = "mill"
        turn.session.active_scene.scene_id = "dream"
    assert place() == ("dream", {"lighting": "torches"}), "the turn says where it is"
    with campaign.turn() as turn:
        turn.data.title = "Dreamt"
    assert place()[0] == "dream"
    with campaign.turn() as turn:
        turn.data.current_scene_id = "nowhere_yet"
    assert place() == ("nowhere_yet", {})
    campaign.rollback(turns=3)
    assert (campaign.data.current_scene_id, place()) == ("cave", ("cave", {"lighting": "torches"}))
    with campaign.encounter("Ambush") as fight, fight.round() as turn:
        turn.data.current_scene_id = "mill"
    assert place() == ("mill", {"lighting": "mill"})
    campaign.pause_session()
    with campaign.turn() as turn:
        turn.data.current_scene_id = "tower"
    assert place()[0] == "mill"


def test_a_session_goes_on_where_the_one_before_was_left(campaign: Campaign) -> None:
    campaign.start_session()
    with campaign.turn() as turn:
        turn.advance_time(6)
        turn.session.narrative_state.active_storylines = ["the bell"]
        turn.session.conversation_context.conversation_summary = "They argued."
        turn.session.therapeutic_settings = {"pace": "slow"}
        turn.session.therapeutic_progress.insights_discovered = ["one"]
        turn.session.user_state.mood = "curious"
    campaign.end_session()
    after = campaign.start_session()
    assert (after.temporal_state.current_day, after.temporal_state.time_period) == (2, "evening")
    assert after.narrative_state.active_storylines == ["the bell"]
    assert after.conversation_context.conversation_summary == "They argued."
    assert after.therapeutic_settings == {"pace": "slow"}
    assert after.therapeutic_progress.insights_discovered == ["one"]
    assert after.user_state.mood is None
    assert (after.turn_count, after.total_turns) == (0, 1)


def test_a_session_is_sealed_outside_a_turn_and_a_turn_does_not_end_it(campaign: Campaign) -> None:
    campaign.start_session()
    with pytest.raises(TurnRequired):
        going_on(campaign).device = "other"
    with pytest.raises(InvalidValue, match="status"), campaign.turn() as turn:
        turn.session.status = "ended"
    with pytest.raises(InvalidValue, match="session_id"), campaign.turn() as turn:
        turn.session.session_id = "session_007"
    assert (going_on(campaign).status, going_on(campaign).turn_count) == ("active", 0)


def test_a_turn_without_a_session_knows_none(campaign: Campaign) -> None:
    with campaign.turn() as turn, pytest.raises(InvalidValue, match="no session goes on") as refused:
        _ = turn.session
    assert "start_session" in str(refused.value.hint)
    campaign.start_session()
    campaign.pause_session()
    with campaign.turn() as turn:
        turn.session.user_state.mood = "tired"
    assert going_on(campaign).user_state.mood == "tired"
    assert going_on(campaign).turn_count == 0, "a turn counts in an active session only"
    assert campaign.head.session is None


def test_the_end_of_a_session_leaves_a_snapshot_and_what_was_said_last(campaign: Campaign) -> None:
    campaign.start_session()
    for number in range(20):
        campaign.say("narrator", str(number))
    assert list(campaign.folder.glob("snapshots/*")) == []
    ended = campaign.end_session()
    assert [one.text for one in ended.conversation_context.recent_messages] == [str(one) for one in range(5, 20)]
    assert [path.name.split("-")[0] for path in campaign.folder.glob("snapshots/*")] == [f"{campaign.seq:09d}"]


def test_what_was_said_last_is_told_while_a_session_is_played(timed: SaveStore, campaign: Campaign) -> None:
    def recent(campaign: Campaign) -> list[str]:
        return [one.text for one in campaign.sessions["session_001"].conversation_context.recent_messages]

    campaign.say("narrator", "before")
    assert campaign.start_session().conversation_context.recent_messages != []
    for number in range(20):
        campaign.say("narrator", str(number))
        assert recent(campaign)[-1] == str(number)
    assert recent(campaign) == [str(one) for one in range(5, 20)]
    hurt(campaign)
    assert "recent_messages" not in str(campaign.head.changes)
    assert going_on(campaign) is going_on(campaign)
    with campaign.encounter("Ambush") as fight:
        with fight.round() as turn:
            turn.say("kara", "Have at you!")
        assert recent(fight.campaign)[-2:] == ["19", "Have at you!"]
        assert recent(campaign)[-1] == "19"
    assert recent(campaign)[-1] == "Have at you!"
    campaign.rollback()
    assert recent(campaign)[-1] == "19"
    (campaign.folder / "chat_history" / "messages.jsonl").write_text("{")
    assert recent(campaign) == [str(one) for one in range(5, 20)]
    assert recent(timed.campaigns.open(campaign.id, read_only=True)) == [str(one) for one in range(5, 20)]
    campaign.pause_session()
    campaign.say("narrator", "Nobody plays")
    assert recent(campaign)[-1] == "19"
    campaign.resume_session()
    assert recent(campaign)[-1] == "Nobody plays"


def test_a_session_is_paused_although_what_was_said_is_damaged(timed: SaveStore, campaign: Campaign) -> None:
    campaign.say("narrator", "Once")
    campaign.start_session()
    hurt(campaign)
    campaign.save_as("Here")
    campaign.close()
    (campaign.folder / "chat_history" / "messages.jsonl").unlink()
    log = campaign.folder / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"Once", b"0nce"))
    with timed.campaigns.open(campaign.id) as reopened:
        assert reopened.read_only is None
        assert going_on(reopened).conversation_context.recent_messages == []
        assert reopened.pause_session().status == "paused"
        with pytest.raises(Damaged):
            _ = reopened.messages


def test_without_room_for_the_snapshot_the_session_has_ended_all_the_same(quick: Quick, campaign: Campaign) -> None:
    campaign.start_session()
    quick.fail("open", "snapshots", 28)
    assert campaign.end_session().status == "ended"
    assert "no_space" in codes(campaign.problems)
    quick.mend()


# What is counted


def test_what_is_committed_in_a_session_carries_its_id(campaign: Campaign) -> None:
    hurt(campaign)
    campaign.start_session()
    hurt(campaign)
    campaign.say("narrator", "x")
    campaign.tag("favourite")
    campaign.pause_session()
    hurt(campaign)
    assert [(event.kind, event.session) for event in campaign.history()[1:]] == [
        ("turn", None), ("session", "session_001"), ("turn", "session_001"), ("message", "session_001"),
        ("tagged", "session_001"), ("session", "session_001"), ("turn", None),
    ]  # fmt: skip


def test_what_is_committed_beside_turns_carries_the_id_of_the_session_too(timed: SaveStore, campaign: Campaign) -> None:
    def edited(health: int) -> None:
        campaign.flush()
        edit(document_of(campaign, "characters/pc.kara_stormwind"), hit_points_current=health)

    campaign.autosave(turns=1)
    edited(20)
    hurt(campaign)
    campaign.start_session()
    edited(15)
    hurt(campaign)
    campaign.close()
    edited(10)
    with timed.campaigns.open(campaign.id) as reopened:
        reopened.pause_session()
    edited(5)
    timed.campaigns.open(campaign.id).close()
    told = [(event.kind, event.session) for event in campaign.history()[1:]]
    assert told == [
        ("external_edit", None), ("turn", None), ("slot", None), ("session", "session_001"),
        ("external_edit", "session_001"), ("turn", "session_001"), ("slot", "session_001"),
        ("external_edit", "session_001"), ("session", "session_001"), ("external_edit", None),
    ]  # fmt: skip


def test_a_turn_counts_in_the_session_in_the_same_commit(campaign: Campaign) -> None:
    begun = campaign.start_session()
    hurt(campaign)
    assert sorted(campaign.head.changes) == [f"characters/{KARA}", "sessions/session_001"]
    session = going_on(campaign)
    assert (session.turn_count, session.total_turns) == (1, 1)
    assert begun.last_saved is not None
    assert session.last_saved is not None
    assert session.last_saved > begun.last_saved
    campaign.say("narrator", "not a turn")
    assert list(campaign.head.changes) == []


def test_a_turn_without_a_session_commits_what_it_did_before(campaign: Campaign) -> None:
    hurt(campaign)
    assert list(campaign.head.changes) == [f"characters/{KARA}"]
    assert campaign.data.total_sessions == 0


def test_only_time_that_was_played_counts(campaign: Campaign, watch: Stopwatch) -> None:
    watch.seconds += 100  # nobody has sat down yet
    campaign.start_session()
    watch.seconds += 10
    hurt(campaign)
    assert going_on(campaign).playtime_seconds == 10
    watch.seconds += 5
    campaign.pause_session()
    watch.seconds += 1000
    campaign.say("narrator", "in the pause")
    assert going_on(campaign).playtime_seconds == 15
    campaign.resume_session()
    watch.seconds += 2.5
    hurt(campaign)
    watch.seconds += 1
    campaign.end_session()
    assert campaign.sessions["session_001"].playtime_seconds == 18.5
    campaign.start_session()
    watch.seconds += 3600
    hurt(campaign)
    assert (campaign.data.total_sessions, campaign.data.total_playtime_hours) == (2, 1.0051)


def test_putting_another_session_away_does_not_lose_time(campaign: Campaign, watch: Stopwatch) -> None:
    campaign.start_session()
    campaign.end_session()
    campaign.start_session()
    watch.seconds += 4
    campaign.archive_session("session_001")
    watch.seconds += 3
    hurt(campaign)
    assert going_on(campaign).playtime_seconds == 7


def test_time_counts_once_a_turn_that_failed_is_committed_after_all(
    quick: Quick, campaign: Campaign, watch: Stopwatch
) -> None:
    campaign.start_session()
    watch.seconds += 10
    turn = campaign.begin_turn()
    turn.character(KARA).take_damage(1)
    quick.fail("write", "log.jsonl", 28, times=1)
    with pytest.raises(NoSpace):
        turn.commit()
    assert going_on(campaign).playtime_seconds == 0
    watch.seconds += 1
    turn.commit()
    assert (going_on(campaign).playtime_seconds, going_on(campaign).turn_count) == (11, 1)


def test_turns_that_nobody_waits_for_count_too(campaign: Campaign, watch: Stopwatch) -> None:
    campaign.start_session()
    for _ in range(5):
        watch.seconds += 2
        turn = campaign.begin_turn()
        turn.character(KARA).take_damage(1)
        turn.commit(wait=False)
    campaign.flush()
    assert (going_on(campaign).turn_count, going_on(campaign).playtime_seconds) == (5, 10)


def test_what_follows_from_the_sessions_is_in_the_file_once_it_is_closed(
    timed: SaveStore, campaign: Campaign, watch: Stopwatch
) -> None:
    campaign.start_session()
    watch.seconds += 7200
    hurt(campaign)
    campaign.close()
    data = read(document_of(campaign, "campaign_data"))
    assert (data["total_sessions"], data["total_playtime_hours"]) == (1, 2.0)
    with pytest.raises(InvalidValue, match="total_sessions"):
        timed.campaigns.create("Other", total_sessions=5)
    reopened = timed.campaigns.open(campaign.id)
    assert codes(reopened.problems) == ["session_left_open"]
    assert reopened.data.total_playtime_hours == 2.0


# A crash


def test_a_session_that_a_crash_left_goes_on(root: Path) -> None:
    script = (
        "with SaveStore(sys.argv[1]) as store:\n"
        "    campaign = store.campaigns.create('Killed', characters=['kara_stormwind'])\n"
        "    campaign.start_session('Before')\n"
        "    with campaign.turn() as turn:\n"
        "        turn.remember('pc:kara_stormwind', 'The bell rang.', about='bell', loud=True)\n"
        "    print(campaign.id, flush=True)\n"
        "    os._exit(0)\n"
    )
    campaign_id = in_child(script, root)
    watch = Stopwatch()
    with SaveStore(root, monotonic=watch) as store, store.campaigns.open(campaign_id) as campaign:
        (note,) = [one for one in campaign.problems if one.code == "session_left_open"]
        assert note.severity == "note"
        assert "session_001" in note.message
        before = going_on(campaign)
        assert (before.status, before.turn_count) == ("active", 1)
        watch.seconds += 8
        hurt(campaign)
        after = going_on(campaign)
        assert after.turn_count == 2
        assert after.playtime_seconds == pytest.approx(before.playtime_seconds + 8, abs=0.001)
        (memory,) = campaign.characters[KARA].memories
        assert (memory.text, memory.about, memory.session_id, memory.data) == (
            "The bell rang.", "bell", "session_001", {"loud": True},
        )  # fmt: skip
        campaign.end_session()
    with SaveStore(root) as store, store.campaigns.open(campaign_id) as campaign:
        assert codes(campaign.problems) == []


def test_time_after_the_last_turn_before_a_crash_does_not_count(root: Path, watch: Stopwatch) -> None:
    system = Mortal()
    with files.using(system), SaveStore(root, monotonic=watch) as store:
        campaign = store.campaigns.create("Dies", characters=["kara_stormwind"])
        campaign.start_session()
        watch.seconds += 10
        hurt(campaign)
        watch.seconds += 50
        abandon(campaign, system)
    watch.seconds += 86_400
    with SaveStore(root, monotonic=watch) as store, store.campaigns.open("Dies") as campaign:
        watch.seconds += 2
        hurt(campaign)
        assert going_on(campaign).playtime_seconds == 12


@pytest.mark.parametrize(
    ("move", "outcomes"),
    [
        ("start_session", (["active"], ["paused", "active"])),
        ("pause_session", (["active"], ["paused"])),
        ("end_session", (["active"], ["ended"])),
    ],
)
def test_a_process_that_dies_at_any_moment_leaves_a_session_before_or_after_the_move(
    tmp_path: Path, move: str, outcomes: tuple[list[str], list[str]]
) -> None:
    seen: list[list[str]] = []
    died = True
    while died:
        died = _dies(tmp_path / str(len(seen)), move, after=len(seen))
        with SaveStore(tmp_path / str(len(seen))) as store, store.campaigns.open("Dies") as campaign:
            seen.append([one.status for one in campaign.sessions.values()])
            assert [one.severity for one in campaign.problems if one.severity == "error"] == []
    assert seen[0] == outcomes[0]
    assert seen[-1] == outcomes[1]
    assert all(one in outcomes for one in seen)


def _dies(root: Path, move: str, *, after: int) -> bool:
    """Let a process die once so many calls of the system were made in a move; return whether it came to that."""
    system = Mortal()
    calls = 0

    def count(_: str, __: str) -> None:
        nonlocal calls
        calls += 1
        system.dead = calls > after

    with files.using(system), SaveStore(root) as store:
        campaign = store.campaigns.create("Dies", characters=["kara_stormwind"])
        campaign.start_session()
        campaign.flush()
        system.before = count
        with suppress(SavesError):
            getattr(campaign, move)()
            campaign.flush()
        died = system.dead
        abandon(campaign, system)
    return died


def test_whoever_looks_on_is_not_told_that_a_session_goes_on(timed: SaveStore, campaign: Campaign) -> None:
    campaign.start_session()
    campaign.flush()
    with timed.campaigns.open(campaign.id, read_only=True) as looking:
        assert codes(looking.problems) == []
        assert going_on(looking).session_id == "session_001"


# By hand


def test_a_session_that_was_ended_by_hand_has_ended(timed: SaveStore, campaign: Campaign) -> None:
    campaign.start_session()
    hurt(campaign)
    campaign.close()
    edit(document_of(campaign, "sessions/session_001"), status="ended")
    with timed.campaigns.open(campaign.id) as reopened:
        assert reopened.session is None
        hurt(reopened)
        assert reopened.head.session is None


def test_an_edit_while_it_is_played_is_merged(campaign: Campaign) -> None:
    campaign.start_session()
    campaign.flush()
    edit(document_of(campaign, "sessions/session_001"), session_name="The long night")
    hurt(campaign)
    assert (going_on(campaign).session_name, going_on(campaign).turn_count) == ("The long night", 1)
    assert [event.kind for event in campaign.history(limit=2)] == ["external_edit", "turn"]


def test_a_session_with_another_id_than_its_name_says_is_kept_aside(timed: SaveStore, campaign: Campaign) -> None:
    campaign.start_session()
    campaign.close()
    file = document_of(campaign, "sessions/session_001")
    file.with_name("session_007.json").write_bytes(file.read_bytes())
    with timed.campaigns.open(campaign.id) as reopened:
        assert list(reopened.sessions) == ["session_001"]


def test_a_session_that_a_newer_program_wrote_keeps_nobody_from_the_campaign(
    timed: SaveStore, campaign: Campaign
) -> None:
    campaign.start_session()
    campaign.close()
    head = campaign.head
    places = {"status": "dreaming", "playtime_seconds": "long", "schema_version": 99}
    patch = [{"op": "replace", "path": f"/{name}", "value": value} for name, value in places.items()]
    line, _ = log.encode_event(
        Event(
            seq=head.seq + 1,
            at=head.at,
            kind="session",
            turn=head.turn,
            prev=head.hash,
            changes={"sessions/session_001": patch},
        )
    )
    with (campaign.folder / "log.jsonl").open("ab") as file:
        file.write(line)
    with timed.campaigns.open(campaign.id) as reopened:
        assert reopened.session is None
        assert (reopened.data.total_sessions, reopened.data.total_playtime_hours) == (1, 0)
        assert reopened.read_only is not None


# Hooks


def test_a_hook_fills_in_what_a_session_begins_with(timed: SaveStore, campaign: Campaign) -> None:
    told: list[str] = []

    def remind(of: Campaign, session: Session) -> None:
        told.append(of.id)
        assert [one.text for one in session.conversation_context.recent_messages] == ["x"]
        session.conversation_context.conversation_summary = f"{len(of.messages)} messages so far"
        session.custom_data = {"seen": True}

    stop = timed.on_session_start(remind)
    campaign.say("narrator", "x")
    begun = campaign.start_session()
    assert begun.conversation_context.conversation_summary == "1 messages so far"
    assert begun.custom_data == {"seen": True}
    campaign.close()
    assert read(document_of(campaign, "sessions/session_001"))["conversation_context"]["recent_messages"] == []
    with timed.campaigns.open(campaign.id) as reopened:
        reopened.start_session()
        stop()
        stop()
        reopened.start_session()
    assert told == [campaign.id] * 2


def test_a_hook_that_raises_lets_no_session_begin(timed: SaveStore, campaign: Campaign) -> None:
    campaign.start_session()
    seq = campaign.seq

    def broken(_: Campaign, session: Session) -> None:
        session.custom_data = {"half": "done"}
        raise RuntimeError("no memory today")

    timed.on_session_start(broken)
    with pytest.raises(RuntimeError, match="no memory today"):
        campaign.start_session()
    assert (campaign.seq, len(campaign.sessions), going_on(campaign).status) == (seq, 1, "active")
    hurt(campaign)


def test_a_hook_does_not_decide_whether_a_session_begins(timed: SaveStore, campaign: Campaign) -> None:
    def meddle(_: Campaign, session: Session) -> None:
        session.status = "archived"

    timed.on_session_start(meddle)
    with pytest.raises(InvalidValue, match="a hook cannot"):
        campaign.start_session()
    assert campaign.session is None


def test_going_back_leaves_a_session_the_sitting_it_was(campaign: Campaign, watch: Stopwatch) -> None:
    campaign.start_session()
    watch.seconds += 5
    with campaign.turn() as turn:
        turn.advance_time()
    watch.seconds += 3
    campaign.rollback()
    session = going_on(campaign)
    assert (session.status, session.playtime_seconds, session.temporal_state.time_period) == ("active", 8, "morning")
    assert campaign.head.session == "session_001"
    campaign.end_session()


def test_subscribers_are_told_of_sessions(timed: SaveStore, campaign: Campaign) -> None:
    told: list[Commit] = []
    timed.subscribe(told.append)
    campaign.start_session()
    campaign.end_session()
    assert [one.event.kind for one in told] == ["session", "session"]


# Memories


def test_what_somebody_remembers_outlives_the_session(timed: SaveStore, campaign: Campaign) -> None:
    campaign.start_session()
    with campaign.turn() as turn:
        turn.remember(KARA, "The bell rang.")
        turn.character(KARA).take_damage(1)
    campaign.end_session()
    campaign.start_session()
    with campaign.turn() as turn:
        turn.remember(KARA, "It rang again.", about="bell")
    campaign.end_session()
    with campaign.turn() as turn:
        turn.remember(KARA, "Nobody was there.")
    campaign.close()
    with timed.campaigns.open(campaign.id) as reopened:
        memories = reopened.characters[KARA].memories
    assert [(one.session_id, one.turn, one.text, one.about) for one in memories] == [
        ("session_001", 1, "The bell rang.", None),
        ("session_002", 2, "It rang again.", "bell"),
        (None, 3, "Nobody was there.", None),
    ]


# Sessions that nobody plays any more


def test_idle_sessions_are_paused_where_nobody_plays(
    root: Path, timed: SaveStore, open_for: Callable[[str, timedelta], None]
) -> None:
    open_for("Old", timedelta(hours=2))
    open_for("New", timedelta(minutes=5))
    timed.campaigns.create("Never").close()
    broken = timed.campaigns.create("Broken")
    broken.close()
    (broken.folder / "log.jsonl").write_bytes(b"")
    for path in (broken.folder / "snapshots").glob("*"):
        path.unlink()
    open_for("Played", timedelta(hours=3))
    with SaveStore(root) as other, other.campaigns.open("Played"):
        expiry = timed.campaigns.expire_sessions()
    assert [(one.campaign_id[:12], one.session_id) for one in expiry.paused] == [("campaign_old", "session_001")]
    assert expiry.paused[0].idle > timedelta(hours=2)
    assert sorted(codes(expiry.problems))[-1] == "locked"
    assert all(one.severity == "warning" for one in expiry.problems)
    with timed.campaigns.open("Old", read_only=True) as old, timed.campaigns.open("New", read_only=True) as new:
        assert (going_on(old).status, going_on(new).status) == ("paused", "active")
    assert len(timed.campaigns.expire_sessions(timedelta(minutes=1)).paused) == 2, "the new one, and the one played"
    with pytest.raises(InvalidValue):
        timed.campaigns.expire_sessions(timedelta(hours=-1))


@pytest.fixture
def open_for(root: Path) -> Callable[[str, timedelta], None]:
    """Leaves a campaign with a session in which nothing happened for a while, by the clock of `timed`."""

    def leave(title: str, idle: timedelta) -> None:
        clock = Clock()
        clock.now -= idle
        with SaveStore(root, clock=clock) as store, store.campaigns.create(title) as campaign:
            campaign.start_session()

    return leave
