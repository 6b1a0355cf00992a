"""Whatever stands in a tree of an older version: it stays as it is, and each value is in the store afterwards."""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gamesaves import SaveStore
from gamesaves.disk import files
from gamesaves.documents import CampaignData, CharacterInfo, CharacterProfile, SceneInfo, Session
from tests.integration.oldtrees import COLON, put
from tests.integration.stores import PNG, Clock, Quick, tree_hash

_NAMES = st.sampled_from(["pc:kara", "Kara Smith", "npc:tom", "kara", "con", "谷", "PC:Kara", "", "../x", "a/b"])
_TIMES = st.sampled_from(["2024-03-01T10:00:00", "2024-03-01T12:00:00+02:00", "yesterday", "2024-03-01"])
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | _NAMES
    | _TIMES
    | st.sampled_from(["images/kara.png", r"C:\old\KARA.png", "/gone.png", "26", "26.0"])
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_KINDS = {
    "character_profiles/{}.json": CharacterProfile,
    "shared/character_profiles/{}.json": CharacterProfile,
    "data/characters/{}.json": CharacterInfo,
    "old/one/campaign_data.json": CampaignData,
    "old/one/characters/{}.json": CharacterInfo,
    "old/one/scenes/{}.json": SceneInfo,
    "old/one/sessions/{}.json": Session,
    "old/one/chat_history/messages.json": None,
    "old/one/own/{}.json": None,
}
_STEMS = st.sampled_from(["pc.kara", f"pc{COLON}kara", "Kara Smith", "tom", "x_1"])


@st.composite
def _documents(draw: st.DrawFn) -> dict[str, Any]:
    """Return the documents of a tree, by path: objects with fields of their kind, arrays, and texts that are none."""
    found: dict[str, Any] = {"old/one/campaign_data.json": {"title": "One"}}
    for form in draw(st.lists(st.sampled_from(sorted(_KINDS)), min_size=1, max_size=6)):
        model = _KINDS[form]
        names = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
        if model is not None:
            names = st.sampled_from(["id", "portrait_url", "portrait_path", *model.model_fields]) | names
        tree = st.dictionaries(names, _VALUES, max_size=6)
        content: Any = draw(tree if model is not None else tree | _VALUES | st.lists(tree, max_size=3))
        if draw(st.integers(0, 19)) == 0:
            content = json.dumps(content) + "}"
        found[form.format(draw(_STEMS))] = content
    return found


def _scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _scalars(one)
    elif value is not None:
        yield value


def _said(value: Any) -> tuple[str, Any]:
    """Return what a value says, however it is written: `26` and `26.0` are one number, a moment is one in any zone."""
    if isinstance(value, str) and re.match(r"\d{4}-", value):
        with suppress(ValueError, OverflowError):
            moment = datetime.fromisoformat(value)
            return "moment", (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    if isinstance(value, bool | str):
        return type(value).__name__, value
    return "number", value


def _all_in(root: Path) -> tuple[set[tuple[str, Any]], list[bytes]]:
    """Return all values in the documents and logs of a store, and all bytes that were set aside."""
    held: set[tuple[str, Any]] = set()
    aside = []
    for path in root.rglob("*"):
        if not path.is_file() or path.name == "note.json":
            continue
        data = path.read_bytes()
        if "recovered" in path.parts:
            aside.append(data)
        elif path.suffix in (".json", ".jsonl"):
            for line in data.splitlines() if path.suffix == ".jsonl" else [data]:
                held |= {_said(one) for one in _scalars(json.loads(line))}
    return held, aside


@pytest.mark.no_cover
@given(documents=_documents())
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost_and_nothing_is_changed(documents: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder, files.using(Quick()):
        old, root = Path(folder, "tree"), Path(folder, "saves")
        put(old, "pictures/kara.png", PNG)
        written = {path: put(old, path, content) for path, content in documents.items()}
        before = tree_hash(old)
        with SaveStore(root, clock=Clock()) as store:
            plan = store.plan_import(old)
            assert not root.exists()
            done = store.import_(old)
            assert (done.steps, done.decisions) == (plan.steps, plan.decisions)
            assert len(done.campaigns) == 1, done.problems
            assert [one for one in store.check() if one.severity == "error"] == []
            held, aside = _all_in(root)
            assert store.import_(old).present
        assert tree_hash(old) == before
        for path, file in written.items():
            if file.read_bytes() not in aside:
                lost = {_said(one) for one in _scalars(json.loads(file.read_bytes()))} - held
                assert not lost, f"{path}: {lost}"
