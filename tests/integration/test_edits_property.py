"""Whatever a game and a person with an editor do, one after the other: all agree in the end, and nothing is lost."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gamesaves import Campaign, SaveStore
from gamesaves.disk import files
from tests.integration.stores import Quick, edit, read

FIELDS = ("gold", "name", "doors")
VALUES = st.integers(0, 9) | st.text("abc", max_size=2) | st.lists(st.integers(0, 2), max_size=2)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("turn", "edit", "edit", "look", "flush", "reopen")),
        st.sampled_from(FIELDS),
        VALUES,
    ),
    max_size=12,
)


def values_in(value: Any) -> set[str]:
    """Return all values in a JSON tree, as text."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {json.dumps(value), *(found for one in inside for found in values_in(one))}


@settings(max_examples=60)
@given(steps=STEPS)
def test_game_disk_and_log_agree_and_every_edit_is_in_the_history(steps: list[tuple[str, str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder, files.using(Quick()), SaveStore(Path(folder) / "saves") as store:
        campaign = store.campaigns.create("Property")
        with campaign.turn() as turn:
            turn.document("world").update(dict.fromkeys(FIELDS, 0))
        campaign.flush()
        path, edits = campaign.folder / "documents" / "world.json", []
        for number, (step, field, value) in enumerate(steps):
            if step == "turn":
                with campaign.turn() as turn:
                    turn.document("world")[field] = value
            elif step == "edit":
                # Between two looks a person edits what they have seen; who saves twice has meant the second.
                campaign.take_in_edits(["documents/world"])
                campaign.flush()
                edits.append(f"edit {number}: {value}")
                edit(path, **{field: edits[-1]})
            else:
                campaign = other_step(store, campaign, step)
        campaign.take_in_edits(["documents/world"])
        campaign.flush()
        in_game = campaign.document("world")
        on_disk = {name: value for name, value in read(path).items() if name != "revision"}
        assert in_game == on_disk
        history = campaign.history()
        seen = {found for event in history for found in values_in([event.data, *event.changes.values()])}
        assert {json.dumps(one) for one in edits} <= seen
        campaign.close()
        with store.campaigns.open(campaign.id) as again:
            assert again.document("world") == in_game
            assert again.problems == []
            assert len(again.history()) == len(history)


def other_step(store: SaveStore, campaign: Campaign, step: str) -> Campaign:
    if step == "look":
        assert campaign.take_in_edits()
    elif step == "flush":
        campaign.flush()
    elif step == "reopen":
        campaign.close()
        return store.campaigns.open(campaign.id)
    return campaign
