"""Campaigns of older versions, without a log: their own data, scenes, sittings and chats."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gamesaves.documents import CampaignData, ChatMessage, SceneInfo, Session
from gamesaves.rules.adoption import Tree
from gamesaves.rules.adoption.naming import as_id
from gamesaves.rules.adoption.people import Made
from gamesaves.rules.adoption.salvage import WAS, moment, salvaged

Naming = Callable[[str], str]

_IDS = ("universe_id", "player_id", "current_scene_id", "run_id")
_SPEAKERS = ("speaker", "role", "sender", "author", "character_id", "name", "from")
_TEXTS = ("text", "content", "message", "body")
_TIMES = ("at", "timestamp", "created_at", "time", "date")
_NARRATOR = "narrator"


def campaign(
    tree: Tree, *, campaign_id: str, title: str, created_at: str, characters: Sequence[str], scenes: Mapping[str, str]
) -> Made:
    """Return a campaign's own data.

    Args:
        title, created_at: for one that does not say.
        characters: ids of those who have a document, in their order.
        scenes: titles of those that have a document, by id.
    """
    own = {**_with_ids(tree), "campaign_id": campaign_id, "character_ids": list(characters)}
    if isinstance(named := own.get("scenes"), dict):
        own["scenes"] = {as_id(key): value for key, value in named.items()}
    if scenes:
        named = own.get("scenes")
        own["scenes"] = {**(named if isinstance(named, dict) else {}), **scenes}
        order = _ids_in(own.get("scene_order"), as_id)
        own["scene_order"] = list(dict.fromkeys([*order, *scenes]))
    if isinstance(told := own.get("narratives"), list):
        own["narratives"] = [_with_scene(one) for one in told]
    required = {"campaign_id": campaign_id, "title": title, "created_at": created_at}
    return Made(*salvaged(CampaignData, {"title": title, **_kept_id(own, tree, "campaign_id")}, required))


def scene(tree: Tree, scene_id: str, naming: Naming) -> Made:
    """Return a scene."""
    own = {**tree, "scene_id": scene_id, "character_ids": _ids_in(tree.get("character_ids"), naming)}
    return Made(*salvaged(SceneInfo, _kept_id(own, tree, "scene_id"), {"scene_id": scene_id}))


def session(tree: Tree, session_id: str, naming: Naming, *, campaign_id: str, created_at: str) -> Made:
    """Return a sitting.

    Args:
        created_at: when it began, if it does not say.
    """
    own = {**_with_ids(tree), "session_id": session_id, "campaign_id": campaign_id}
    own["character_ids"] = _ids_in(tree.get("character_ids"), naming)
    if isinstance(active := tree.get("active_characters"), list):
        own["active_characters"] = [_of_character(one, naming) for one in active]
    if isinstance(tree.get("active_scene"), dict):
        own["active_scene"] = _with_scene(tree["active_scene"])
    required = {"session_id": session_id, "campaign_id": campaign_id, "started_at": created_at}
    return Made(*salvaged(Session, _kept_id(own, tree, "session_id"), required))


def _kept_id(own: Tree, tree: Tree, field: str) -> Tree:
    """Return a document with the id that it had in a key of its own, where it has another one now."""
    old = tree.get(field)
    return own if old in (None, own[field]) else {**own, f"{WAS}{field}": old}


def _with_ids(tree: Tree) -> Tree:
    """Return a document in which references of older forms are ids."""
    return {key: as_id(value) if key in _IDS and isinstance(value, str) else value for key, value in tree.items()}


def _with_scene(part: Any) -> Any:
    if isinstance(part, dict) and isinstance(part.get("scene_id"), str):
        return {**part, "scene_id": as_id(part["scene_id"])}
    return part


def _of_character(part: Any, naming: Naming) -> Any:
    if isinstance(part, str):
        return {"character_id": naming(part)}
    if isinstance(part, dict) and isinstance(part.get("character_id"), str):
        return {**part, "character_id": naming(part["character_id"])}
    return part


def _ids_in(listed: Any, naming: Naming) -> list[str]:
    found = [naming(one) for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    return list(dict.fromkeys(found))


def messages(value: Any, naming: Naming, *, created_at: str) -> tuple[list[Tree], int]:
    """Return the chat as rows of the log, each with an id of its own, and how many were no messages by their form.

    An element that is no object becomes the text of a message; the keys of one that is stay as they are.

    Args:
        value: an array, or an object that has it as `messages`.
        created_at: of a message that does not say when, and that none before it does.
    """
    listed = value.get("messages", [value]) if isinstance(value, dict) else value
    rows: list[Tree] = []
    odd, at, taken = 0, created_at, set[str]()
    for number, element in enumerate(listed if isinstance(listed, list) else [listed], 1):
        row, fits = _message(element, naming, number, at, taken)
        odd += not fits
        at = row["at"]
        taken.add(row["id"])
        rows.append(row)
    return rows, odd


def side_by_side(value: Any, rows: list[Tree]) -> tuple[Any, Any]:
    """Return a chat as it was and as rows in the same form, so that what the rows lack can be told.

    Of an element that is no object the row has all.
    """
    listed = value.get("messages", [value]) if isinstance(value, dict) else value
    listed = listed if isinstance(listed, list) else [listed]
    made = [row if isinstance(one, dict) else one for one, row in zip(listed, rows, strict=True)]
    if isinstance(value, dict) and "messages" in value:
        return {**value, "messages": listed}, {"messages": made}
    return listed, made


def _message(element: Any, naming: Naming, number: int, at: str, taken: set[str]) -> tuple[Tree, bool]:
    if not isinstance(element, dict):
        text = element if isinstance(element, str) else json.dumps(element, ensure_ascii=False)
        kept = {} if isinstance(element, str) else {f"{WAS}message": element}
        made = {"id": _free(f"m{number}", taken), "at": at, "turn": 0, "speaker": _NARRATOR, "text": text, **kept}
        return made, False
    said = _first(element, _TEXTS)
    speaker = _first(element, _SPEAKERS)
    when = next((element[name] for name in _TIMES if moment(element.get(name)) is not None), at)
    own = {
        "id": _free(str(element.get("id") or f"m{number}"), taken),
        "at": when,
        "speaker": naming(speaker) if speaker is not None and ":" in speaker else speaker or _NARRATOR,
        "text": said if said is not None else json.dumps(element, ensure_ascii=False),
    }
    kept = {f"{WAS}{name}": element[name] for name in own if element.get(name) not in (None, own[name])}
    made, mended = salvaged(ChatMessage, {**element, **own, **kept}, {"at": at})
    kept = {f"{WAS}{one.where[0]}": one.was for one in mended if len(one.where) == 1}
    return {**made, **kept}, said is not None


def _first(element: Tree, names: Sequence[str]) -> str | None:
    return next((element[name] for name in names if isinstance(element.get(name), str)), None)


def _free(wanted: str, taken: set[str]) -> str:
    number, one = 2, wanted
    while one in taken:
        one, number = f"{wanted}_{number}", number + 1
    return one
