"""Ids that a shell completes while somebody types; what goes wrong here completes nothing, and says nothing."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from gamesaves.cli.base import Settings

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from gamesaves.store import SaveStore

Completion = Callable[[click.Context, click.Parameter, str], "list[CompletionItem[str]]"]
Found = Iterable[tuple[str, str]]
"""Ids, each with the name people see."""


def _completing(found: "Callable[[SaveStore, click.Context], Found]") -> Completion:
    def complete(context: click.Context, _: click.Parameter, incomplete: str) -> "list[CompletionItem[str]]":
        from click.shell_completion import CompletionItem

        from gamesaves.cli.finding import if_there
        from gamesaves.errors import SavesError

        try:
            ids = list(found(if_there(context.ensure_object(Settings)), context))
        except SavesError:
            return []
        return [
            CompletionItem(one, help=name)
            for one, name in ids
            if one.startswith(incomplete) or one.rpartition(":")[2].startswith(incomplete)
        ]

    return complete


def _campaigns(store: "SaveStore", _: click.Context) -> Found:
    return ((one.campaign_id, one.title) for one in store.campaigns.list())


def _profiles(store: "SaveStore", _: click.Context) -> Found:
    return ((one.character_id, one.name) for one in store.profiles.list())


def _presets(store: "SaveStore", context: click.Context) -> Found:
    kind = context.params.get("kind")
    return ((one.id, one.name) for one in (store.presets.list(kind) if kind else store.presets.list()))


def _characters(store: "SaveStore", _: click.Context) -> Found:
    return ((one, one) for one in sorted({who for campaign in store.campaigns.list() for who in campaign.characters}))


def _newcomers(store: "SaveStore", context: click.Context) -> Found:
    return [*_profiles(store, context), *_presets(store, context)]


def _archived(store: "SaveStore", _: click.Context) -> Found:
    return ((one.campaign_id, one.title) for one in store.campaigns.list(archived=True) if one.archived)


def _backups(_: "SaveStore", context: click.Context) -> Found:
    from gamesaves.disk import backups

    folder = context.params.get("folder")
    return ((one.name, one.at) for one in backups.listed(folder) if one.complete) if folder else ()


def _set_aside(store: "SaveStore", _: click.Context) -> Found:
    return ((one.id, one.path or "") for one in store.recovered() if one.undoable)


def _slots(store: "SaveStore", context: click.Context) -> Found:
    found = store.campaigns.slots(context.params["name"])
    return [(slot_id, slot.name) for slot_id, slot in found.items()]


def _sessions(store: "SaveStore", context: click.Context) -> Found:
    with store.campaigns.open(context.params["name"], read_only=True) as opened:
        return [(one.session_id, one.session_name) for one in opened.sessions.values()]


def _universes(store: "SaveStore", _: click.Context) -> Found:
    return ((one.universe_id, one.title) for one in store.universes.list())


def _runs(store: "SaveStore", context: click.Context) -> Found:
    with store.campaigns.open(context.params["name"], read_only=True) as opened:
        return [(one.run_id, one.character_id) for one in opened.runs.values()]


def _players(store: "SaveStore", _: click.Context) -> Found:
    return ((one.player_id, one.name) for one in store.players.list())


def _kinds(_: "SaveStore", __: click.Context) -> Found:
    from gamesaves.documents.kinds import KINDS

    return ((kind.name, kind.files) for kind in KINDS)


campaigns = _completing(_campaigns)
universes = _completing(_universes)
profiles = _completing(_profiles)
presets = _completing(_presets)
characters = _completing(_characters)
slots = _completing(_slots)
"""The saves of the campaign that stands before."""
sessions = _completing(_sessions)
"""The sessions of the campaign that stands before."""
runs = _completing(_runs)
"""The runs of the campaign that stands before."""
players = _completing(_players)
newcomers = _completing(_newcomers)
"""Whoever can be brought into a campaign: profiles and presets."""
kinds = _completing(_kinds)
"""The kinds of files that there are rules for."""
archived = _completing(_archived)
backups = _completing(_backups)
set_aside = _completing(_set_aside)
"""What can be put back."""
