"""Taking an import back: what nobody has changed since, and nobody else uses, is set aside, or comes again."""

from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from gamesaves.disk import brought, bundles, files, folders, jsontext, layout
from gamesaves.disk.chain import Chain
from gamesaves.disk.manifests import Limits
from gamesaves.disk.reconcile import encoded
from gamesaves.disk.recovered import SetAside
from gamesaves.disk.state import State
from gamesaves.errors import NotUndoable, Problem, SavesError
from gamesaves.ids import is_id
from gamesaves.services.archiving import archive_rows
from gamesaves.services.context import Context
from gamesaves.services.contracts import CAMPAIGN, CampaignContract
from gamesaves.services.examining import examined
from gamesaves.services.exporting import references
from gamesaves.services.refreshing import KIND as REFRESHED

if TYPE_CHECKING:
    from gamesaves.services.images import Images


@dataclass(slots=True)
class TakingBack:
    """What becomes of an import that is taken back, or of one that comes again.

    Attributes:
        paths: what is moved, relative to the store.
        problems: of each thing that stays where it is, why.
    """

    paths: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def stay(self, path: str, code: str, text: str, hint: str | None = None) -> None:
        """Leave a thing where it is."""
        self.problems.append(Problem("warning", code, path, text, hint))


def decided(context: Context, images: "Images", entry: SetAside) -> TakingBack:
    """Decide what can be moved; nothing is written.

    Raises:
        NotUndoable: nothing can.
    """
    result = TakingBack()
    if entry.takes_away:
        _decide_all(result, context, images, entry)
    else:
        for path in entry.brought:
            if files.exists(context.places.root / path):
                result.stay(path, "place_taken", "there is something in its place now")
            else:
                result.paths.append(path)
    if not result.paths:
        first = result.problems[0]
        hint = f"{first.hint} " if first.hint else ""
        raise NotUndoable(
            f"nothing of this import can be taken back: {first.path}: {first.message}",
            path=context.places.root / first.path,
            hint=f"{hint}What was done before it is taken back by its id: saves undo --list",
        )
    return result


def _decide_all(result: TakingBack, context: Context, images: "Images", entry: SetAside) -> None:
    changed = {
        path
        for path, digest in brought.changed(context.recovered, entry).items()
        if not (_is_campaign(path) and _is_only_refreshed(context.places.campaign(path), digest))
    }
    users = _Users(context, {one for one in entry.brought if _is_campaign(one) and one not in changed})
    for path in entry.brought:
        if path in changed:
            hint = f"To let it go all the same: saves campaign remove {path}" if _is_campaign(path) else None
            result.stay(path, "changed_since", "it has changed since it came, and stays", hint)
        elif not _is_campaign(path) and (user := users.of(path)) is not None:
            result.stay(path, "in_use", f"it stays: {user}")
        else:
            result.paths.append(path)
    shown = _shown(images, {name for path in result.paths for name in users.names_of(path)})
    for path in [one for one in result.paths if one in shown]:
        result.paths.remove(path)
        result.stay(path, "in_use", f"it stays: {shown[path]}")


def _is_campaign(path: str) -> bool:
    return path.startswith(layout.CAMPAIGN_PREFIX)


def _is_only_refreshed(folder: Path, digest: str) -> bool:
    """Whether a campaign has changed only in its copies of what profiles say: opening it refreshes them.

    Args:
        digest: of its files as they came.
    """
    contract = CampaignContract()
    chain = Chain(folder, contract)
    keys: set[str] = set()
    try:
        now, log, lines = chain.read().state, files.read(chain.log), [*chain.lines()]
        for last, before in pairwise(reversed(lines)):
            if last.event is None or last.event.kind != REFRESHED or before.event is None:
                break
            keys |= last.event.changes.keys()
            then = chain.state_at(before.event.seq)
            paths = {layout.document_path(key): key for key in keys}
            clean = (one for one in paths if files.read(folder / one) == encoded(contract, paths[one], now))
            instead = {one: encoded(contract, paths[one], then) for one in clean}
            if brought.digest_of(folder, {layout.LOG: log[: before.end], **instead}) == digest:
                return True
    except SavesError:
        # Nothing is damaged by opening.
        return False
    return False


def _shown(images: "Images", going: set[str]) -> dict[str, str]:
    """Return the pictures that somebody shows who stays, each with who that is.

    Args:
        going: the ids of the profiles, and the folders of the campaigns, that go.
    """
    try:
        images.require_known()
    except SavesError as error:
        return {one.path: f"{error.path}: {error.message}" for one in images.list()}
    return {one.path: f"{staying[0]} shows it" for one in images.list() if (staying := sorted({*one.used_by} - going))}


class _Users:
    """The campaigns that stay, those in the archive too, and who and what they refer to.

    Args:
        going: the folders of the campaigns that go.
    """

    def __init__(self, context: Context, going: set[str]) -> None:
        self._places = context.places
        self._users: dict[str, str] = {}
        self._unread: str | None = None
        names = sorted(one for one in folders.names(self._places.root, folders=True) if _is_campaign(one))
        readers = {one: partial(_in_folder, self._places.campaign(one)) for one in names if one not in going}
        readers |= {path.stem: partial(_in_bundle, path) for path in archive_rows(context)}
        for name, read in readers.items():
            try:
                self._note(name, read())
            except SavesError as error:
                self._unread = f"nobody knows whether {name} uses it: {error.message}"

    def _note(self, name: str, state: State) -> None:
        told = f"{name} uses it"
        self._users |= {uid: told for _, uid in references(state)}
        universe_id = state.trees[CAMPAIGN].get("universe_id")
        if isinstance(universe_id, str) and is_id(universe_id):
            self._users[self._places.universe(universe_id).relative_to(self._places.root).as_posix()] = told

    def of(self, path: str) -> str | None:
        """Return who uses a profile or a universe that an import has brought; None where nobody does."""
        if path.startswith(f"{self._places.images.name}/"):
            return None
        if path.startswith(f"{self._places.profiles.name}/"):
            path = str(self._profile(path)["uid"])
        return self._users.get(path, self._unread)

    def names_of(self, path: str) -> list[str]:
        """Return what one that shows pictures is called, where that is known of pictures."""
        if path.startswith(f"{self._places.profiles.name}/"):
            return [str(self._profile(path)["character_id"])]
        return [path] if _is_campaign(path) else []

    def _profile(self, path: str) -> jsontext.Tree:
        return jsontext.parse(files.read(self._places.root / path), path)


def _in_folder(folder: Path) -> State:
    return Chain(folder, CampaignContract()).read().state


def _in_bundle(path: Path) -> State:
    with bundles.opened(path, Limits()) as bundle:
        return examined(bundle).state
