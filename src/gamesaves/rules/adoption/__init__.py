"""Reading what older versions wrote: their documents become those of this version, and every decision is told.

Trees go in, trees and decisions come out. Nothing is dropped in silence: what a document of this version has no place
for is told apart by `salvage.unheld`, so that whoever takes a tree in can keep it elsewhere.
"""

from dataclasses import dataclass
from typing import Any, Literal

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one thing of an older tree.

    Attributes:
        severity: `error` where something could not be taken in, `warning` where somebody should look, else `note`.
        what: stable, for programs: `renamed`, `split`, `duplicate`, `portrait`, `set_aside`, `here`, …
        source: the path in the tree.
        text: the decision, in words.
        target: where it goes, relative to the store; None where nothing is written.
    """

    severity: Literal["error", "warning", "note"]
    what: str
    source: str
    text: str
    target: str | None = None
