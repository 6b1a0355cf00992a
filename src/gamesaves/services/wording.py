"""From what pydantic says of a value to words that a person can act on."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from gamesaves.documents.keys import least_of, near
from gamesaves.rules.patch import JsonPath

_NUMBERS = frozenset(("int_type", "int_parsing", "int_from_float", "float_type", "float_parsing"))
_OBJECTS = frozenset(("dict_type", "model_type", "model_attributes_type", "dataclass_type"))
_ID_PATTERN = "a-z0-9_-"
_LEVEL_PATTERN = "^[1-9]"

Words = tuple[str, str | None]
"""What is wrong, and what to do."""


def words(details: Sequence[ErrorDetails], model: type[BaseModel], where: JsonPath, around: Any) -> Words:
    """Return what is wrong with a value.

    Args:
        details: what pydantic says of it: more than one thing where the value may be of several types.
        where: its place in the document.
        around: the object or list that it stands in.
    """
    first = details[0]
    kind, value = first["type"], first["input"]
    if kind == "missing":
        return "it is missing", _beside(where, around)
    if kind == "value_error":
        return str(first["ctx"]["error"]), None
    wanted, hint = _number(details, model, where) if kind in _NUMBERS else _wanted(first)
    return f"{wanted}, not {shown(value)}", hint


def shown(value: Any) -> str:
    """Return a value as it stands in a file, shortened."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)  # in a game's own model there is more than JSON knows
    return text if len(text) <= 40 else text[:37] + "…"


def _beside(where: JsonPath, around: Any) -> str | None:
    keys = around if isinstance(around, dict) else ()
    meant = [key for key in keys if near(key, [str(where[-1])])]
    return f"There is a key `{meant[0]}`: did you mean `{where[-1]}`?" if meant else None


def _number(details: Sequence[ErrorDetails], model: type[BaseModel], where: JsonPath) -> Words:
    value = details[0]["input"]
    whole = all(one["type"].startswith("int") for one in details)
    wanted = "must be a whole number" if whole else "must be a number"
    if not isinstance(value, str):
        return wanted, None
    try:
        return wanted, f"Take the quotes away: {json.dumps(json.loads(value))}"
    except ValueError:
        least = least_of(model, where)
        hint = f"Write a {'whole ' if whole else ''}number, without quotes."
        return (f"must be at least {least}" if least else wanted), hint


def _wanted(detail: ErrorDetails) -> Words:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _OBJECTS:
        return "must be an object, in braces { }", None
    if kind.startswith(("datetime", "timezone")):
        return "must be a time like 2026-11-21T18:30:00Z", None
    if kind == "literal_error":
        return _choice(detail)
    if kind == "string_pattern_mismatch":
        return _shaped(context["pattern"]), None
    plain = _PLAIN.get(kind)
    if plain:
        return plain(context), None
    message = detail["msg"].replace("Input should be", "must be")
    return message[:1].lower() + message[1:], None


def _choice(detail: ErrorDetails) -> Words:
    allowed = detail.get("ctx", {})["expected"].replace(" or ", ", ").split(", ")
    names = [one.strip("'") for one in allowed]
    meant = near(detail["input"], names) if isinstance(detail["input"], str) else None
    told = " or ".join(filter(None, (", ".join(f'"{one}"' for one in names[:-1]), f'"{names[-1]}"')))
    return f"must be {told}", f'Did you mean "{meant}"?' if meant else None


def _shaped(pattern: str) -> str:
    if _ID_PATTERN in pattern:
        return "must be an id of small letters a to z, digits, - and _, like kara_smith or pc:kara_smith"
    return 'must be a level, like "3"' if pattern.startswith(_LEVEL_PATTERN) else "must be 32 digits of 0-9 and a-f"


_PLAIN: dict[str, Callable[[dict[str, Any]], str]] = {
    "string_type": lambda _: "must be a text, in double quotes",
    "bool_type": lambda _: "must be true or false, without quotes",
    "list_type": lambda _: "must be a list, in brackets [ ]",
    "greater_than_equal": lambda context: f"must be at least {context['ge']}",
    "less_than_equal": lambda context: f"must be at most {context['le']}",
    "string_too_short": lambda _: "must not be empty",
    "string_too_long": lambda context: f"must have {context['max_length']} characters at most",
    "too_long": lambda context: f"must have {context['max_length']} entries at most",
}
