"""From the documents of older versions to those of this one, a step a version."""

from collections.abc import Callable
from typing import Any

from gamesaves.documents.base import SCHEMA_VERSION

Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: dict[tuple[str, int], Step] = {}
"""What leads a document of a model from a version to the next: `("CharacterInfo", 1)` leads from 1 to 2."""


def migrated(model: str, tree: dict[str, Any]) -> dict[str, Any]:
    """Return a document as the newest version has it; a version without a step of its own changes only in number.

    One whose version is none, because somebody has edited it, comes back as it is.
    """
    version = tree.get("schema_version", SCHEMA_VERSION)
    if not isinstance(version, int) or version < 1:
        return tree
    while version < SCHEMA_VERSION:
        step = STEPS.get((model, version))
        tree = step(tree) if step else tree
        version += 1
        tree = {**tree, "schema_version": version}
    return tree
