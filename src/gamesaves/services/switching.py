"""From one story of a player to another: the target is open before anything changes in the one that is left."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from gamesaves.documents import Session
from gamesaves.errors import Ambiguous, InvalidValue, NotFound
from gamesaves.services.campaign import Campaign
from gamesaves.services.context import Context
from gamesaves.services.lookup import look_up

if TYPE_CHECKING:
    from gamesaves.services.campaigns import Campaigns
    from gamesaves.services.summaries import CampaignSummary

_LOOKED_AT = 5
"""In how many campaigns, from the one that was played last, an active session is looked for."""


def switch(
    context: Context, campaigns: "Campaigns", player_id: str, character: str, campaign: str | None, universe: str | None
) -> Campaign:
    """Open the target, pause the session that is active, and go on in the target; return it.

    Raises:
        NotFound, Ambiguous, InvalidValue: there is no such campaign of the player with this character.
        As `Campaigns.open` and `Campaign.start_session`.
    """
    at_hand = {
        one.folder.name: one for one in context.opened if isinstance(one, Campaign) and one.data.player_id == player_id
    }
    at_hand = {name: one for name, one in at_hand.items() if one.is_writer}
    own = [one for one in campaigns.list() if one.player_id == player_id]
    target = _target(campaigns, own, character, campaign, universe)
    with ExitStack() as on_failure:
        opened = at_hand.get(target) or on_failure.enter_context(campaigns.open(target))
        if opened.read_only is not None:
            raise opened.read_only
        character_id = opened.id_of(character)
        settings: dict[str, Any] = {}
        current = _current(campaigns, own, at_hand)
        if current is not None:
            with ExitStack() as left_again:
                left = opened if current == target else at_hand.get(current)
                left = left or left_again.enter_context(campaigns.open(current))
                settings = _leave(left, character_id if left is opened else None)
        _go_on(opened, character_id, settings)
        on_failure.pop_all()
    return opened


def _target(
    campaigns: "Campaigns", own: "list[CampaignSummary]", character: str, campaign: str | None, universe: str | None
) -> str:
    """Return the folder of the campaign that is meant: of several the one that was played last."""
    if campaign is not None:
        folder = campaigns.id_of(campaign)
        if folder not in (one.path.name for one in own):
            raise InvalidValue(f"{folder} is not a campaign of this player", hint="See theirs: saves campaign list")
        return folder
    world = None if universe is None else campaigns.universes().id_of(universe)
    for one in own:
        if world in (None, one.universe_id) and _plays(one, character):
            return one.path.name
    where = "" if universe is None else f" in {universe}"
    missing = NotFound("character", f"{character}{where}")
    missing.hint = "Name the campaign, or make one: saves campaign create TITLE --player ID --preset ID"
    raise missing


def _plays(summary: "CampaignSummary", character: str) -> bool:
    try:
        return look_up("character", character, {one: one for one in summary.characters}) is not None
    except Ambiguous:
        return True
    except NotFound:
        return False


def _current(campaigns: "Campaigns", own: "list[CampaignSummary]", at_hand: dict[str, Campaign]) -> str | None:
    """Return the folder of the campaign that the player is in: one that is open, else the one that was played last."""
    for name, one in at_hand.items():
        if _active(one) is not None:
            return name
    for summary in [one for one in own if one.path.name not in at_hand and not one.problems][:_LOOKED_AT]:
        with campaigns.open(summary.path.name, read_only=True) as looked_at:
            if _active(looked_at) is not None:
                return summary.path.name
    return None


def _active(campaign: Campaign) -> Session | None:
    session = campaign.session
    return session if session is not None and session.status == "active" else None


def _leave(campaign: Campaign, stays: str | None) -> dict[str, Any]:
    """Pause the active session, and with it its runs; return what of it goes along with the player.

    Args:
        stays: the character that is played on, where the player stays in this campaign.
    """
    session = _active(campaign)
    if session is None:
        return {}
    if stays is None or stays not in session.character_ids:
        campaign.pause_session()
    if stays is None:
        for run in [one for one in campaign.runs.values() if one.state == "active"]:
            campaign.pause_run(run.run_id)
    kept = session.model_dump(include={"therapeutic_settings", "device", "game_version"})
    return {name: value for name, value in kept.items() if value}


def _go_on(campaign: Campaign, character_id: str, settings: dict[str, Any]) -> None:
    found = [
        one
        for one in campaign.sessions.values()
        if one.status in ("active", "paused") and character_id in one.character_ids
    ]
    latest = max(found, key=lambda one: (one.status == "active", one.last_saved or one.started_at), default=None)
    if latest is None:
        campaign.start_session(characters=[character_id], **settings)
    elif latest.status == "paused":
        campaign.resume_session(latest.session_id)
    run = campaign.run_of(character_id)
    if run is not None and run.state == "paused":
        campaign.resume_run(run.run_id)
    elif run is None and campaign.characters[character_id].character_type == "player":
        campaign.start_run(character_id)
