"""What a document in a watched file says: which of its fields changed, and whether it can be used."""

import json
from pathlib import Path
from typing import Any

from gamesaves.disk import jsontext, layout
from gamesaves.disk.chain import REVISION
from gamesaves.documents.base import Document
from gamesaves.errors import Problem, SavesError
from gamesaves.rules.revisions import TRACES
from gamesaves.services.contracts import CAMPAIGN, model_of
from gamesaves.services.filechecks import preset_problems
from gamesaves.services.players import player_in
from gamesaves.services.profilefiles import profile_in
from gamesaves.services.validation import read_document
from gamesaves.services.watching.places import Place

_COUNTING = {"profile": TRACES}


def changed_fields(old: bytes, new: bytes, place: Place) -> tuple[str, ...] | None:
    """Return the names of the fields that differ, sorted, but for those that only count changes; None for no object."""
    try:
        before, after = json.loads(old), json.loads(new)
    except (ValueError, RecursionError):
        return None
    if not isinstance(before, dict) or not isinstance(after, dict):
        return None if before != after else ()
    names = {name for name in before.keys() | after.keys() if _differs(before, after, name)}
    return tuple(sorted(names.difference(_COUNTING.get(place.what, (REVISION,)))))


def _differs(before: dict[str, Any], after: dict[str, Any], name: str) -> bool:
    # As text, since True, 1 and 1.0 differ.
    return name not in before or name not in after or json.dumps(before[name]) != json.dumps(after[name])


def fault_in(data: bytes, path: str, place: Place) -> Problem | None:
    """Return why a file cannot be used as it is; None where it can, and for what is not JSON."""
    if not path.endswith(layout.DOCUMENT_SUFFIX):
        return None
    try:
        model = _model(place)
        if place.what == "preset":
            problems = preset_problems(data, Path(path), place.kind or "")
            return next((one for one in problems if one.severity == "error"), None)
        if place.what == "profile":
            profile_in(data, Path(path), place.id)
        elif place.what == "player":
            player_in(data, Path(path), place.id)
        elif model is not None:
            read_document(model, data, Path(path))
        else:
            jsontext.parse(data, path)
    except SavesError as error:
        return error.as_problem()
    return None


def _model(place: Place) -> type[Document] | None:
    """Return the model of a campaign's document; None for a game's own, and for what is none."""
    if place.what == "campaign":
        return model_of(CAMPAIGN)
    return model_of(place.id) if place.what == "document" and place.campaign_id is not None else None
