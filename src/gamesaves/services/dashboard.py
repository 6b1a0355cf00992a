"""What a player sees of all their stories at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gamesaves.documents import Contribution, PlayerData, PlayerRun, Session
from gamesaves.errors import Problem, SavesError
from gamesaves.rules.recommending import Recommendation, recommended
from gamesaves.services.presets import Presets

if TYPE_CHECKING:
    from gamesaves.services.campaigns import Campaigns
    from gamesaves.services.summaries import CampaignSummary

RECENT_SESSIONS = 5
RECENT_HIGHLIGHTS = 5


@dataclass(frozen=True, slots=True)
class RecentSession:
    """A session that a player has played lately.

    Attributes:
        title: of the campaign.
    """

    campaign_id: str
    title: str
    session: Session

    @property
    def played(self) -> datetime:
        """When it was played last."""
        return self.session.last_saved or self.session.started_at


@dataclass(frozen=True, slots=True)
class Highlight:
    """Something a player may be proud of.

    Attributes:
        kind: completed or milestone.
        text: what it is, as a player reads it.
    """

    kind: str
    text: str
    run_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What a player sees of all their stories at once.

    Attributes:
        active_characters: the runs that are active or paused, the one played last first.
        sessions: the last five, over all campaigns, the newest first.
        highlights: the newest five.
        recommendations: what to do next, what matters most first.
        problems: the campaigns that could not be looked into.
    """

    player: PlayerData
    active_characters: tuple[PlayerRun, ...]
    sessions: tuple[RecentSession, ...]
    highlights: tuple[Highlight, ...]
    recommendations: tuple[Recommendation, ...]
    problems: tuple[Problem, ...] = ()


def dashboard(player: PlayerData, campaigns: "Campaigns", presets: Presets) -> Dashboard:
    """Return what a player sees of all their stories at once."""
    problems: list[Problem] = []
    listed = campaigns.list()
    whole, player = player, _as_far_as_here(player, {one.shared_id for one in listed})
    going_on = [one for one in player.runs if one.state in ("active", "paused")]
    going_on.sort(key=lambda one: (one.last_played or one.started_at, one.run_id), reverse=True)
    return Dashboard(
        whole,
        tuple(going_on),
        tuple(_recent([one for one in listed if one.player_id == player.player_id], campaigns, problems)),
        tuple(_highlights(player)),
        tuple(recommended(player, presets.recommendations(), presets.unlocks())),
        tuple(problems),
    )


def _as_far_as_here(player: PlayerData, campaign_ids: set[str]) -> PlayerData:
    """Return a player without the runs that nobody can go on with, as their campaigns are not in this store."""
    runs = [one for one in player.runs if one.campaign_id in campaign_ids]
    given_up = [one for one in player.abandoned_runs if one.campaign_id in campaign_ids]
    return player.model_copy(update={"runs": runs, "abandoned_runs": given_up})


def _recent(own: "list[CampaignSummary]", campaigns: "Campaigns", problems: list[Problem]) -> list[RecentSession]:
    found: list[RecentSession] = []
    for summary in own:
        # They come in the order in which they were played: no other one can have a newer session.
        enough = len(found) >= RECENT_SESSIONS
        if enough and found[RECENT_SESSIONS - 1].played >= _last_played(summary, found[-1].played):
            break
        try:
            found = sorted([*found, *_of(summary, campaigns)], key=lambda one: one.played, reverse=True)
        except SavesError as error:
            problems.append(error.as_problem("warning"))
    return found[:RECENT_SESSIONS]


def _last_played(summary: "CampaignSummary", otherwise: datetime) -> datetime:
    return otherwise if summary.last_played is None else datetime.fromisoformat(summary.last_played)


def _of(summary: "CampaignSummary", campaigns: "Campaigns") -> Iterator[RecentSession]:
    with campaigns.open(summary.path.name, read_only=True) as campaign:
        for session in campaign.sessions.values():
            yield RecentSession(campaign.id, campaign.title, session)


_ENDINGS = {
    "retirement": "{name} retired",
    "death": "{name} died",
    "story_resolution": "{name}'s story came to its end",
    "milestone": "{name} reached what they set out for",
}


def _highlights(player: PlayerData) -> list[Highlight]:
    found = []
    for run_id, grant in reversed(player.contributions.items()):
        found.append(Highlight("completed", _ending(grant), run_id, grant.at))
        found += [
            Highlight("milestone", f"{grant.character_name}: {one}", run_id, grant.at)
            for one in reversed(grant.milestones)
        ]
        if len(found) >= RECENT_HIGHLIGHTS:
            break
    return found[:RECENT_HIGHLIGHTS]


def _ending(grant: Contribution) -> str:
    text = _ENDINGS[grant.trigger].format(name=grant.character_name)
    text += f" after {grant.turns} turn{'' if grant.turns == 1 else 's'}"
    return f"{text}: {grant.summary}" if grant.summary else text
