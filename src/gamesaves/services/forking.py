"""A new campaign that begins where another one was."""

from typing import TYPE_CHECKING

from gamesaves.disk.chain import migrated
from gamesaves.disk.jsontext import Tree
from gamesaves.rules.rewinding import RUNS, SESSIONS, SLOTS
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS, HAPPENINGS, MESSAGES, CampaignContract
from gamesaves.services.rewinding import Reference

if TYPE_CHECKING:
    from gamesaves.services.campaign import Campaign


def documents_of_fork(source: "Campaign", reference: Reference | None, **own: str) -> tuple[dict[str, Tree], Tree]:
    """Return what a fork begins with: its documents, and the data of its first event.

    Slots name events of the campaign that they were saved in, and stay there, as do runs, which would otherwise count
    twice for their player. So would characters' interactions for their profiles: they begin at 0. A sitting that goes
    on there has ended here.

    Args:
        own: fields of the fork's `CampaignData`.
    """
    contract = CampaignContract()
    event, state = source.point(reference)
    documents = {key: migrated(contract, key, tree) for key, tree in state.trees.items() if not _stays(key)}
    for key, tree in documents.items():
        if key.startswith(SESSIONS):
            ended = {"status": "ended"} if tree.get("status") in ("active", "paused") else {}
            documents[key] = {**tree, **ended, "run_id": None}
        elif key.startswith(CHARACTERS):
            documents[key] = {**tree, "interaction_count": 0}
    documents[CAMPAIGN] = {**documents[CAMPAIGN], **own, "forked_from": f"{source.id}@{event.hash}"}
    rows = {MESSAGES: source.rows_at(MESSAGES, event), HAPPENINGS: source.happenings_at(event)}
    return documents, {name: listed for name, listed in rows.items() if listed or name == MESSAGES}


def _stays(key: str) -> bool:
    return key == SLOTS or key.startswith(RUNS)
