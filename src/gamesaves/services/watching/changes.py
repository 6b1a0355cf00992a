"""What is told of a change that was found on the disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gamesaves.errors import Problem

What = Literal["profile", "preset", "image", "campaign", "document", "universe", "player"]


@dataclass(frozen=True, slots=True)
class DiskChange:
    """Something in a store's files that this program has not changed itself: it was edited, copied there, or removed.

    Attributes:
        what: profile, preset, image, campaign, document, universe or player.
        id: of a profile or a player its id; of a preset its file's; of an image its path, as profiles refer to it; of a
            campaign or a universe the name of its folder; of a document its key: `characters/pc:kara_smith`.
        path: the file; the folder of a campaign or a universe that is new or gone.
        fields: the names of the fields that changed, sorted; none where that cannot be said.
        new: whether it was not there before.
        gone: whether it is there no more.
        kind: of a preset: characters, classes and so on.
        campaign_id, universe_id: the folder that a document or a preset is in.
        problem: why it cannot be used as it is now, with line and column.
    """

    what: What
    id: str
    path: Path
    fields: tuple[str, ...] = ()
    new: bool = False
    gone: bool = False
    kind: str | None = None
    campaign_id: str | None = None
    universe_id: str | None = None
    problem: Problem | None = None
