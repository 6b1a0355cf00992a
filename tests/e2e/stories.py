"""Stores that the tests of the command begin with, made by the library, and what is read from its answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gamesaves import SaveStore
from tests.conftest import Result

KARA, ZOMBIE = "pc:kara_stormwind", "npc:zombie"
KINGDOM = "The Lost Kingdom"


def kingdom(root: Path, title: str = KINGDOM) -> str:
    """Make a campaign in which Kara has met a zombie and wounded it: 14 of 22 hit points, at event 3."""
    with SaveStore(root) as store, store.campaigns.create(title, characters=["kara_stormwind"]) as campaign:
        campaign.add_character("zombie")
        with campaign.turn("A blow") as turn:
            turn.character(ZOMBIE).take_damage(8)
        return campaign.id


def answer(result: Result, exit_code: int = 0) -> Any:
    """Return the data of a command's JSON document."""
    document = document_of(result)
    assert result.exit_code == exit_code, result
    assert document["ok"] is True, document
    return document["data"]


def refusal(result: Result, exit_code: int) -> dict[str, Any]:
    """Return the error of a command's JSON document."""
    document = document_of(result)
    assert result.exit_code == exit_code, result
    assert document["ok"] is False, document
    assert document["warnings"] == []
    error: dict[str, Any] = document["error"]
    assert error.keys() >= {"code", "message", "path", "line", "column", "hint"}
    return error


def document_of(result: Result) -> dict[str, Any]:
    """Return the one JSON document that a command has written."""
    document: dict[str, Any] = result.json()
    assert document["api_version"] == 1
    assert document.keys() == {"api_version", "ok", "warnings", "data" if document["ok"] else "error"}
    assert all(one.keys() >= {"code", "severity", "path", "message", "hint"} for one in document["warnings"])
    return document


def codes(result: Result) -> list[str]:
    """Return the codes of a document's warnings."""
    return [one["code"] for one in document_of(result)["warnings"]]


def words(result: Result) -> Sequence[str]:
    """Return the words of what people read."""
    assert result.exit_code == 0, result
    return result.stdout.split()
