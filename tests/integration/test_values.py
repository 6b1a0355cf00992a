"""Values that a call cannot use: each is refused with an error of ours, in words, and nothing has happened."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel, Field, RootModel

from gamesaves import Character, SavesError, SaveStore, Turn
from gamesaves.errors import InvalidDocument, InvalidName, InvalidValue, NotAPicture, NotFound, TurnRequired
from tests.integration.stores import KARA, profile_of

IN_A_TURN: dict[str, tuple[Callable[[Turn], object], type[SavesError]]] = {
    "a level in words": (lambda turn: turn.character(KARA).level_up("4"), InvalidValue),  # type: ignore[arg-type]
    "no level": (lambda turn: turn.character(KARA).level_up(float("nan")), InvalidValue),  # type: ignore[arg-type]
    "half a level": (lambda turn: turn.character(KARA).level_up(4.5), InvalidValue),  # type: ignore[arg-type]
    "too high a level": (lambda turn: turn.character(KARA).level_up(10**30), InvalidValue),
    "a memory": (lambda turn: turn.remember(KARA, 5), InvalidValue),  # type: ignore[arg-type]
    "whom a memory is about": (lambda turn: turn.remember(KARA, "x", about=5), InvalidValue),  # type: ignore[arg-type]
    "half a period": (lambda turn: turn.advance_time(1.5), InvalidValue),  # type: ignore[arg-type]
    "periods backwards": (lambda turn: turn.advance_time(-1), InvalidValue),
    "an object in what is published": (lambda turn: turn.publish("slain", by=KARA, how=object()), InvalidDocument),
}


@pytest.mark.parametrize(("attempt", "kind"), IN_A_TURN.values(), ids=IN_A_TURN)
def test_what_a_turn_cannot_use_is_refused(
    store: SaveStore, attempt: Callable[[Turn], object], kind: type[SavesError]
) -> None:
    universe = store.universes.create("Silverreach")
    with store.campaigns.create("Here", characters=["kara_stormwind"], universe=universe.id) as campaign:
        campaign.start_session()
        before = campaign.seq
        with campaign.turn() as turn:
            with pytest.raises(kind):
                attempt(turn)
            turn.discard()
        assert campaign.seq == before


OF_A_STORE: dict[str, tuple[Callable[[SaveStore], object], type[SavesError]]] = {
    "an object in a world": (lambda store: store.universes.create("Here", world={"a": object()}), InvalidDocument),
    "idle for a number": (lambda store: store.campaigns.expire_sessions(60), InvalidValue),  # type: ignore[arg-type]
    "the path of a picture as a text": (lambda store: store.images.add("kara.png"), NotAPicture),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("attempt", "kind"), OF_A_STORE.values(), ids=OF_A_STORE)
def test_what_a_store_cannot_use_is_refused(
    store: SaveStore, attempt: Callable[[SaveStore], object], kind: type[SavesError]
) -> None:
    with pytest.raises(kind) as caught:
        attempt(store)
    assert caught.value.hint is not None
    assert store.universes.list() == []


def test_a_generator_of_portraits_has_to_give_a_picture(store: SaveStore) -> None:
    store.profiles.save(store.presets.draft("kara_stormwind"))
    generator: Any = lambda _: None  # noqa: E731
    with pytest.raises(NotAPicture, match="NoneType"):
        store.profiles.portrait(KARA, generator=generator)
    assert store.profiles.get(KARA).portrait_path is None


def test_what_an_open_campaign_cannot_use_is_refused(store: SaveStore) -> None:
    with store.campaigns.create("Here", characters=["kara_stormwind"]) as campaign:
        campaign.start_run(KARA)
        for attempt in (
            lambda: campaign.abandon_run(5),  # type: ignore[arg-type]
            lambda: campaign.history(limit=-1),
            lambda: campaign.history(limit=1.5),  # type: ignore[arg-type]
        ):
            with pytest.raises(InvalidValue):
                attempt()
        assert [run.state for run in campaign.runs.values()] == ["active"]
        assert campaign.history(limit=0) == []


def test_a_model_that_is_no_object_is_no_document(store: SaveStore) -> None:
    with store.campaigns.create("Here") as campaign:
        turn = campaign.turn()
        turn.put("map", RootModel[list[int]]([1]))
        with pytest.raises(InvalidDocument, match="list") as caught:
            turn.commit()
        assert caught.value.hint is not None
        turn.put("map", RootModel[dict[str, int]]({"a": 1}))
        turn.commit()
        assert campaign.document("map")["a"] == 1


def test_what_a_hook_says_was_done_is_a_text(store: SaveStore) -> None:
    hook: Any = lambda *_: 5  # noqa: E731
    store.on_pending_action(hook)
    with store.campaigns.create("Here", characters=["kara_stormwind"]) as campaign:
        campaign.start_session()
        with campaign.turn() as turn:
            turn.session.active_characters[0].pending_action = "to keep watch"
        turn = campaign.turn()
        with pytest.raises(InvalidValue, match="5"):
            turn.advance_time()
        assert campaign.session is not None
        assert campaign.session.temporal_state.time_period == "morning"


class Hero(BaseModel):
    points: int = Field(default=1, ge=0)


def put_what_does_not_fit(turn: Turn) -> None:
    hero = Hero()
    hero.points = -1
    turn.put("hero", hero)


@pytest.mark.parametrize(
    "change",
    [
        lambda turn: turn.document("map").update(at=float("nan")),
        lambda turn: turn.document("map").update(at=object()),
        lambda turn: turn.document("map").update(at=2**70),
        lambda turn: turn.document("map").update(revision=1),
        lambda turn: turn.put("map", 5),
        lambda turn: turn.say("narrator", "Hush", volume=object()),
        lambda turn: turn.record("blow", damage=float("nan")),
        put_what_does_not_fit,
    ],
)
def test_what_the_game_itself_has_given_is_not_called_a_file_that_was_changed(
    store: SaveStore, change: Callable[[Turn], object]
) -> None:
    with store.campaigns.create("Here") as campaign:
        turn = campaign.turn()
        change(turn)
        with pytest.raises(InvalidDocument) as caught:
            turn.commit()
        assert caught.value.path is None
        assert "file" not in caught.value.player_message
        assert caught.value.hint
        turn.discard()


def test_a_file_that_was_changed_is_called_so(store: SaveStore) -> None:
    store.profiles.save(store.presets.draft("kara_stormwind"))
    profile_of(store, KARA).write_text("{")
    with pytest.raises(InvalidDocument) as caught:
        store.profiles.get(KARA)
    assert caught.value.player_message == InvalidDocument.player_message


def test_what_is_not_in_a_campaign_is_told_with_what_is(store: SaveStore) -> None:
    with store.campaigns.create("Here", characters=["kara_stormwind"]) as campaign:
        scene = campaign.add_scene("The Drowsy Goose").scene_id
        with campaign.turn() as turn:
            turn.put("map/level1", {})
        turn = campaign.turn()
        for attempt, hint in (
            (lambda: turn.character("kara"), KARA),
            (lambda: turn.character("nobody"), KARA),
            (lambda: turn.scene("x"), scene),
            (lambda: turn.scene(scene + "s"), f"Did you mean {scene}?"),
            (lambda: turn.remove("map/level2"), "Did you mean map/level1?"),
            (lambda: turn.sitting("x"), "There is none."),
            (lambda: campaign.state_at(99), "saves history log"),
            (lambda: campaign.state_at("abcdef12"), "saves history log"),
        ):
            with pytest.raises(NotFound) as caught:
                attempt()
            assert hint in str(caught.value.hint)
            assert "saved game could" not in caught.value.player_message
        turn.discard()
        with pytest.raises(NotFound, match="scene") as caught:
            campaign.start_session(scene="goose")
        assert scene in str(caught.value.hint)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda one: one.model_copy(deep=True)])
def test_what_would_become_of_a_character_can_be_tried_on_a_copy(
    store: SaveStore, duplicate: Callable[[Character], Character]
) -> None:
    with store.campaigns.create("Here", characters=["kara_stormwind"]) as campaign:
        tried = duplicate(campaign.characters[KARA])
        assert tried.model_dump() == campaign.characters[KARA].model_dump()
        assert (tried.take_damage(3), tried.level_up() > 0, tried.level) == (3, True, 4)
        assert (campaign.characters[KARA].hit_points_current, campaign.characters[KARA].level) == (26, 3)
        with pytest.raises(TurnRequired):
            campaign.characters[KARA].take_damage(3)


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", "", "  ", "CON", "Nier: Automata", "x\0"])
def test_a_game_is_not_called_what_no_folder_can_be_called(
    name: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    for variable in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(home))
    for names in ((name,), ("My Game", name)):
        if names == ("My Game", ""):
            continue
        with pytest.raises(InvalidName) as caught:
            SaveStore.for_game(*names)
        assert caught.value.hint is not None
    assert list(home.iterdir()) == []
    assert SaveStore.for_game("Mr. Rabbit", "Burrow Inc.").root.is_relative_to(home)
