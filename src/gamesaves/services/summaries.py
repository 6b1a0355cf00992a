"""Campaigns as they are listed, without being opened."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gamesaves.errors import FileProblem, NoSpace, Problem, SavesError
from gamesaves.services.index import PASSING, Row


@dataclass(frozen=True, slots=True)
class CampaignSummary:
    """A campaign as it is listed, without being opened.

    Attributes:
        campaign_id: under which it is found: the one inside, or its folder's name where that one is another's.
        last_played: ISO 8601 in UTC; None where it has not been played.
        characters: ids.
        path: its folder, or the bundle it is archived in.
        problems: what keeps it from being read.
        archived: whether it is put away.
        player_id, universe_id: whose it is, and the world it plays in; None where it says nothing of that.
        copy_of: the id inside, where that is not its `campaign_id`: it is a copy, or another campaign has that name.
    """

    campaign_id: str
    title: str
    last_played: str | None
    total_turns: int
    characters: tuple[str, ...]
    tags: dict[str, Any]
    path: Path
    problems: tuple[Problem, ...] = ()
    archived: bool = False
    copy_of: str | None = None
    player_id: str | None = None
    universe_id: str | None = None

    @property
    def shared_id(self) -> str:
        """The id inside, which all copies of a campaign share."""
        return self.copy_of or self.campaign_id

    @property
    def folder(self) -> str:
        """The name of its folder; of one that is put away, the name that it had and gets again."""
        return self.path.stem if self.archived else self.path.name


def told_apart(listed: list[CampaignSummary]) -> list[CampaignSummary]:
    """Return campaigns under ids that each open one of them."""
    names = {one.folder for one in listed}
    counts = Counter(one.campaign_id for one in listed)

    def is_its_own(one: CampaignSummary) -> bool:
        return one.campaign_id == one.folder or (one.campaign_id not in names and counts[one.campaign_id] == 1)

    return [one if is_its_own(one) else replace(one, campaign_id=one.folder, copy_of=one.campaign_id) for one in listed]


def note_problem(row: Row, error: SavesError) -> None:
    """Write into a row why the thing it is of cannot be read."""
    row["problem"] = [error.code, error.path, error.message, error.hint, error.line, error.column]
    row[PASSING] = isinstance(error, FileProblem | NoSpace)


def summary(path: Path, row: Row, *, archived: bool = False) -> CampaignSummary:
    """Return what a row of an index says of a campaign, or of the bundle it is archived in."""
    problems: tuple[Problem, ...] = ()
    if found := row.get("problem"):
        code, place, message, hint, line, column = found
        problems = (Problem("error", code, place or str(path), message, hint, line, column),)
    return CampaignSummary(
        row["campaign_id"],
        row["title"],
        row["last_played"],
        row["total_turns"],
        tuple(map(str, row.get("character_ids", ()))),
        row.get("tags", {}),
        path,
        problems,
        archived,
        player_id=row.get("player_id"),
        universe_id=row.get("universe_id"),
    )
