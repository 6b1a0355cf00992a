"""Whatever was played: a bundle brings it to another store whole, or not at all."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gamesaves import Campaign, SaveStore
from gamesaves.disk import files
from gamesaves.errors import SavesError
from tests.integration.stores import KARA, OTHER_PNG, PNG, Clock, Quick, edit, state_of

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=12).filter(str.strip)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
STEPS = st.lists(
    st.tuples(st.just("turn"), VALUES)
    | st.tuples(st.sampled_from(["say", "tag", "rename", "save", "scene", "hand edit", "encounter"]), WORDS)
    | st.tuples(
        st.sampled_from(["sit", "get up", "quicksave", "roll back", "zombie", "portrait", "reopen"]), st.none()
    ),
    min_size=1,
    max_size=10,
)


def play(campaign: Campaign, store: SaveStore, what: str, value: Any) -> None:
    match what:
        case "turn":
            with campaign.turn("A blow") as turn:
                turn.character(KARA).gain_experience(1)
                turn.document("map/level1")["value"] = value
        case "say":
            campaign.say("narrator", value)
        case "tag":
            campaign.tag(value, value)
        case "rename":
            campaign.rename(value)
        case "save":
            campaign.save_as(value, thumbnail=OTHER_PNG)
        case "scene":
            campaign.add_scene(value)
        case "hand edit":
            campaign.flush()
            edit(campaign.folder / "characters" / "pc.kara_stormwind.json", location=value)
        case "encounter":
            with campaign.encounter(value) as fight, fight.round() as turn:
                turn.character(KARA).take_damage(1)
        case "sit":
            campaign.start_session()
        case "get up":
            if campaign.session is not None:
                campaign.end_session()
        case "quicksave":
            campaign.quicksave()
        case "roll back":
            if campaign.data.total_turns:
                campaign.restore(2)
        case "zombie":
            campaign.add_character("zombie")
        case "portrait":
            store.profiles.portrait(KARA, picture=PNG)


def told(root: Path, steps: list[tuple[str, Any]]) -> str:
    """Play a story, in as many programs as it says; return the campaign's id."""
    with SaveStore(root, clock=Clock()) as store:
        campaign = store.campaigns.create("The Lost Kingdom", characters=["kara_stormwind"])
        for what, value in [("turn", 0), *steps]:
            play(campaign, store, what, value)
            if what == "reopen":
                campaign.close()
                campaign = store.campaigns.open(campaign.id)
    return campaign.id


def taken_to(root: Path, bundle: Path, name: str) -> tuple[dict[str, Any], bytes]:
    """Import a bundle into an empty store; return what the campaign knows there, and the bundle made of it there."""
    with SaveStore(root, clock=Clock()) as store:
        assert store.import_(bundle).done
        again = store.export(name, root / "again.zip").path.read_bytes()
        with store.campaigns.open(name, read_only=True) as campaign:
            return state_of(campaign), again


@pytest.mark.no_cover
@settings(max_examples=25)
@given(steps=STEPS, spoils=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=8))
def test_a_story_comes_back_the_same_and_a_spoilt_byte_changes_nothing_of_it(
    steps: list[tuple[str, Any]], spoils: list[tuple[float, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, files.using(Quick()):
        home = Path(folder)
        name = told(home / "a", steps)
        with SaveStore(home / "a", clock=Clock()) as store:
            bundle = store.export(name, home / "bundle.zip").path
            with store.campaigns.open(name, read_only=True) as campaign:
                state = state_of(campaign)
        data = bundle.read_bytes()
        assert taken_to(home / "b", bundle, name) == (state, data)
        for number, (place, bits) in enumerate(spoils):
            spoilt = bytearray(data)
            spoilt[int(place * len(data))] ^= bits
            bundle.write_bytes(spoilt)
            there = home / f"c{number}"
            try:
                assert taken_to(there, bundle, name) == (state, data)
            except SavesError:
                assert not there.exists()
