"""Who is told of commits: after they are durable, in their order, whatever the others do."""

import logging
import threading
from typing import Any

import pytest

from gamesaves import Campaign, Commit, SaveStore
from gamesaves.errors import FlushFailed, InvalidValue, NoSpace, SavesError
from tests.integration.stores import KARA, Quick, document_of, edit


@pytest.fixture
def told(store: SaveStore) -> list[Commit]:
    told: list[Commit] = []
    store.subscribe(told.append)
    return told


@pytest.fixture
def campaign(store: SaveStore) -> Any:
    with store.campaigns.create("Told", characters=["kara_stormwind"]) as campaign:
        yield campaign


def hurt(campaign: Campaign) -> None:
    with campaign.turn("Ouch") as turn:
        turn.character(KARA).take_damage(1)


def test_a_subscriber_is_told_of_every_commit_with_its_changes(
    store: SaveStore, campaign: Campaign, told: list[Commit]
) -> None:
    hurt(campaign)
    campaign.say("narrator", "x")
    campaign.add_scene("Cave")
    assert [(one.ledger, one.event.kind) for one in told] == [
        (campaign.id, "turn"),
        (campaign.id, "message"),
        (campaign.id, "scene_added"),
    ]
    assert [one.event for one in told] == campaign.history(limit=3)
    assert told[0].event.changes[f"characters/{KARA}"][0] == {
        "op": "replace",
        "path": "/hit_points_current",
        "value": 25,
    }
    with store.campaigns.create("Other") as other:
        other.tag("x")
    assert told[-1].ledger == other.id


def test_it_is_told_only_once_the_commit_is_durable(store: SaveStore, quick: Quick) -> None:
    durable: list[bool] = []
    with store.campaigns.create("Durable", characters=["kara_stormwind"]) as campaign:
        log = campaign.folder / "log.jsonl"

        def look(commit: Commit) -> None:
            calls = [call for call, path in quick.calls if path == str(log) and call in ("write", "flush_data")]
            durable.append(calls[-1] == "flush_data" and commit.event.hash.encode() in log.read_bytes())

        store.subscribe(look)
        hurt(campaign)
        turn = campaign.begin_turn()
        turn.character(KARA).take_damage(1)
        turn.commit(wait=False).result()
        assert campaign.characters[KARA].hit_points_current == 24
    assert durable == [True, True]


def test_what_failed_or_was_discarded_is_not_told(store: SaveStore, quick: Quick, told: list[Commit]) -> None:
    with store.campaigns.create("Failing", characters=["kara_stormwind"]) as campaign:
        quick.fail("write", "log.jsonl", 28, times=1)
        with pytest.raises(NoSpace):
            hurt(campaign)
        turn = campaign.begin_turn()
        turn.discard()
        with pytest.raises(ZeroDivisionError), campaign.turn():
            _ = 1 // 0
        quick.fail("flush_data", "log.jsonl", 5, times=1)
        with pytest.raises(FlushFailed):
            hurt(campaign)
    assert told == []


def test_a_subscriber_that_raises_is_logged_and_the_commit_stands(
    store: SaveStore, campaign: Campaign, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[int] = []

    def broken(_: Commit) -> None:
        raise RuntimeError("no vector memory today")

    store.subscribe(broken)
    store.subscribe(lambda commit: told.append(commit.event.seq))
    with caplog.at_level(logging.ERROR, logger="gamesaves"):
        hurt(campaign)
        turn = campaign.begin_turn()
        turn.character(KARA).take_damage(1)
        turn.commit(wait=False).result()
    assert campaign.characters[KARA].hit_points_current == 24
    assert told == [2, 3], "the others are told"
    assert caplog.text.count("no vector memory today") >= 2
    assert campaign.id in caplog.text


def test_who_unsubscribes_is_told_no_more(store: SaveStore, campaign: Campaign, told: list[Commit]) -> None:
    more: list[Commit] = []
    stop = store.subscribe(more.append)
    hurt(campaign)
    stop()
    stop()
    hurt(campaign)
    assert (len(told), len(more)) == (2, 1)


def test_one_may_unsubscribe_while_being_told(store: SaveStore, campaign: Campaign, told: list[Commit]) -> None:
    once: list[Commit] = []

    def first_only(commit: Commit) -> None:
        once.append(commit)
        stop()

    stop = store.subscribe(first_only)
    last: list[Commit] = []
    store.subscribe(last.append)
    hurt(campaign)
    hurt(campaign)
    assert (len(told), len(once), len(last)) == (2, 1, 2)


def test_a_hand_edit_is_told_like_any_commit(store: SaveStore, campaign: Campaign, told: list[Commit]) -> None:
    campaign.flush()
    edit(document_of(campaign, "characters/pc.kara_stormwind"), location="the mill")
    hurt(campaign)
    assert [one.event.kind for one in told] == ["external_edit", "turn"]
    campaign.close()
    edit(document_of(campaign, "characters/pc.kara_stormwind"), location="the cave")
    store.campaigns.open(campaign.id).close()
    assert [one.event.kind for one in told][2:] == ["external_edit"]
    assert told[-1].ledger == campaign.id


def test_commits_are_told_in_their_order(campaign: Campaign, told: list[Commit]) -> None:
    for number in range(10):
        turn = campaign.begin_turn(str(number))
        turn.document("count")["n"] = number
        turn.commit(wait=number % 3 == 0)
    campaign.flush()
    assert [one.event.note for one in told] == [str(number) for number in range(10)]


@pytest.mark.parametrize("wait", [True, False])
def test_a_subscriber_that_changes_the_campaign_it_is_told_of_is_refused_and_nothing_hangs(
    store: SaveStore, campaign: Campaign, wait: bool
) -> None:
    refused: list[SavesError] = []
    done = threading.Event()

    def meddle(_: Commit) -> None:
        for change in (
            lambda: campaign.begin_turn(),
            lambda: campaign.say("narrator", "told"),
            lambda: campaign.add_character("zombie"),
        ):
            try:
                change()
            except InvalidValue as error:
                refused.append(error)
        done.set()

    store.subscribe(meddle)
    turn = campaign.begin_turn()
    turn.character(KARA).take_damage(1)
    pending = turn.commit(wait=wait)
    assert done.wait(10)
    pending.result(10)
    assert len(refused) == 3
    assert len(campaign.history()) == 2


def test_a_subscriber_on_the_writer_thread_cannot_wait_for_that_thread(store: SaveStore, campaign: Campaign) -> None:
    refused: list[str] = []
    other = store.campaigns.create("Other")

    def meddle(_: Commit) -> None:
        for name, wait in (("close", campaign.close), ("flush", campaign.flush), ("other", other.flush)):
            try:
                wait()
            except InvalidValue:
                refused.append(name)

    stop = store.subscribe(meddle)
    turn = campaign.begin_turn()
    turn.character(KARA).take_damage(1)
    turn.commit(wait=False).result(10)
    stop()
    assert refused == ["close", "flush", "other"]
    hurt(campaign)
    other.close()


def test_a_subscriber_may_look_at_everything(store: SaveStore, campaign: Campaign) -> None:
    seen: list[Any] = []

    def look(_: Commit) -> None:
        seen.append(
            (
                campaign.characters[KARA].hit_points_current,
                campaign.enriched(KARA).name,
                campaign.head.seq,
                len(campaign.messages),
            )
        )

    store.subscribe(look)
    for wait in (True, False):
        turn = campaign.begin_turn()
        turn.character(KARA).take_damage(1)
        turn.say("narrator", "x")
        turn.commit(wait=wait).result(10)
    assert seen == [(25, "Kara Stormwind", 2, 1), (24, "Kara Stormwind", 3, 2)]
