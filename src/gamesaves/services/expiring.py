"""Sessions that nobody plays any more: paused in all campaigns that nobody has open."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from gamesaves.disk import folders, layout, log
from gamesaves.errors import InvalidValue, Problem, SavesError
from gamesaves.rules.rewinding import SESSIONS

if TYPE_CHECKING:
    from gamesaves.services.campaign import Campaign
    from gamesaves.services.campaigns import Campaigns
    from gamesaves.services.context import Context
    from gamesaves.services.summaries import CampaignSummary


@dataclass(frozen=True, slots=True)
class ExpiredSession:
    """A session that was paused because nobody has played it for a while.

    Attributes:
        idle: since when nothing was committed in it.
    """

    campaign_id: str
    session_id: str
    idle: timedelta


@dataclass(frozen=True, slots=True)
class Expiry:
    """What came of looking for sessions that nobody plays any more.

    Attributes:
        problems: the campaigns that could not be looked at, or are open elsewhere.
    """

    paused: tuple[ExpiredSession, ...]
    problems: tuple[Problem, ...]


def expire(context: "Context", campaigns: "Campaigns", idle: timedelta) -> Expiry:
    """Pause the sessions in which nothing was committed for longer than `idle`.

    Raises:
        InvalidValue: the time is negative, or no time.
    """
    given: object = idle
    if not isinstance(given, timedelta) or given < timedelta(0):
        raise InvalidValue(f"a session cannot be idle for {idle!r}", hint="Give a time: timedelta(hours=1).")
    paused: list[ExpiredSession] = []
    problems: list[Problem] = []
    for summary in campaigns.list():
        try:
            if (found := _expired(context, campaigns, summary, idle)) is not None:
                paused.append(found)
        except SavesError as error:
            where = error.path or str(summary.path)
            problems.append(Problem("warning", error.code, where, error.message, error.hint))
    return Expiry(tuple(paused), tuple(problems))


def _expired(
    context: "Context", campaigns: "Campaigns", summary: "CampaignSummary", idle: timedelta
) -> ExpiredSession | None:
    # After a crash the log is ahead of the documents; most campaigns need not be opened to know that there is nothing.
    newest = log.newest(summary.path / layout.LOG, 1)
    if not folders.names(summary.path / SESSIONS.rstrip("/")) and not any(event.session for event in newest):
        return None
    with campaigns.open(summary.path.name, read_only=True) as looked_at:
        if _idle_for(context, looked_at, idle) is None:
            return None
    with campaigns.open(summary.path.name) as campaign:
        # Once more: somebody may have played since.
        since = _idle_for(context, campaign, idle)
        return None if since is None else ExpiredSession(campaign.id, campaign.pause_session().session_id, since)


def _idle_for(context: "Context", campaign: "Campaign", idle: timedelta) -> timedelta | None:
    """Return for how long the active session was not played; None where that is not longer than `idle`."""
    session = campaign.session
    if session is None or session.status != "active":
        return None
    since = context.now() - (session.last_saved or session.started_at)
    return since if since > idle else None
