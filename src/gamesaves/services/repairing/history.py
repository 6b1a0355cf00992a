"""Where lines of a campaign's history may still be found, and what a repair says of those that are gone."""

from collections.abc import Collection, Container, Mapping
from functools import cached_property
from pathlib import Path

from gamesaves.disk import copies, files, folders, jsontext, layout, salvage
from gamesaves.disk.chain import REVISION
from gamesaves.disk.heads import SeenHead
from gamesaves.disk.layout import Layout
from gamesaves.disk.log import Event
from gamesaves.disk.salvage import Found, Remains
from gamesaves.disk.snapshots import Snapshot
from gamesaves.documents import Slots
from gamesaves.errors import SavesError
from gamesaves.rules.conflictcopies import original_of
from gamesaves.rules.rewinding import SLOTS
from gamesaves.services.context import Context
from gamesaves.services.contracts import MESSAGES, CampaignContract
from gamesaves.services.repairing.kinds import Kind


class Sources:
    """All that this store has of the history of one campaign or universe.

    Attributes:
        foreign: whether the log in its folder is another campaign's.
        identifier: whose history it is.
    """

    def __init__(self, context: Context, kind: Kind, folder: Path) -> None:
        self._context = context
        self._folder = folder
        self._kind = kind
        own = salvage.look(folder, self._kind.contract)
        logged = self._id_in(own.state.trees)
        snapped = [self._id_in(one.documents) for one in self._snapshots]
        claims = [one for one in (self._claimed(), *snapped) if one is not None]
        self.foreign = (
            isinstance(logged, str)
            and logged != folder.name
            and bool(claims)
            and logged not in claims
            and not self._has_document_of({one.event.revision for one in own.way})
        )
        known = max(claims, key=lambda one: (claims.count(one), one == folder.name), default=folder.name)
        self.identifier: str = logged if isinstance(logged, str) and not self.foreign else known

    def _claimed(self) -> str | None:
        about = self._kind.about
        return self._id_in({about: _tree(self._folder / layout.document_path(about))})

    @cached_property
    def _snapshots(self) -> list[Snapshot]:
        return list(salvage.usable_snapshots(self._folder))

    def _has_document_of(self, revisions: set[str]) -> bool:
        return any(_tree(one.path).get(REVISION) in revisions for one in copies.walk(self._folder) if _is_json(one))

    def _id_in(self, documents: Mapping[str, jsontext.Tree]) -> str | None:
        found = documents.get(self._kind.about, {}).get(self._kind.id_field)
        return found if isinstance(found, str) else None

    def look(self, *, further: bool) -> Remains:
        """Return what is left of the history.

        Args:
            further: the log is damaged, or has lost its end: look for lines of it everywhere.
        """
        tips, lines = self._remembered if further else ([], [])
        return salvage.look(
            self._folder,
            self._kind.contract,
            more=[*lines, *self._beside, *self._same_campaign] if further else (),
            tips=[*tips, *self._tips] if further else (),
            wanted=self.saved,
            belongs=self._belongs,
            foreign=self.foreign,
        )

    @cached_property
    def elsewhere(self) -> dict[str, Found]:
        """Events of the campaign that lie anywhere but in its log and its branches, by their hashes."""
        found = [one for data in (*self._remembered[1], *self._same_campaign) for one in salvage.found_in(data)[0]]
        return {one.event.hash: one for one in found}

    def _belongs(self, snapshot: Snapshot) -> bool:
        return self._id_in(snapshot.documents) in (None, self.identifier)

    @cached_property
    def _remembered(self) -> tuple[list[str], list[bytes]]:
        """What the machines that use this store have seen of the campaign."""
        tips: list[str] = []
        lines: list[bytes] = []
        root = self._context.places.root
        for host in folders.names(root / layout.INTERNAL, folders=True):
            seen, files_of = SeenHead(Layout(root, host).heads, self._folder.name).known()
            tips += seen
            lines += files_of
        return tips, lines

    @cached_property
    def saved(self) -> set[str]:
        """The events that saves lead to."""
        trees = [_tree(self._folder / layout.document_path(SLOTS))]
        trees += [snapshot.documents.get(SLOTS, {}) for snapshot in self._snapshots]
        return {row["event"] for tree in trees if is_slots(tree) for row in tree[SLOTS].values()}

    @cached_property
    def _beside(self) -> list[bytes]:
        """Lines of other copies, and second copies of the log."""
        here = [one for one in folders.entries(self._folder) if original_of(one.name) == layout.LOG]
        beside = [*here, *folders.entries(self._folder / layout.BRANCHES)]
        return [files.read(one.path) for one in beside if not one.is_folder]

    @cached_property
    def _other_logs(self) -> list[bytes]:
        """The logs of the other campaigns of this store, and of all that were set aside: one may have been repaired."""
        set_aside = (one.path for one in folders.entries(self._context.places.recovered))
        found = [
            files.read_if_there(entry.path / layout.LOG)
            for place in (self._folder.parent, *set_aside)
            for entry in folders.entries(place)
            if entry.is_folder and entry.path != self._folder
        ]
        return [data for data in found if data]

    @cached_property
    def _same_campaign(self) -> list[bytes]:
        mark = f'"{self._kind.id_field}":"{self.identifier}"'.encode()
        return [data for data in self._other_logs if mark in data.partition(b"\n")[0]]

    @property
    def _tips(self) -> list[str]:
        """The newest events of logs of this campaign that lie in other folders, where its own was exchanged for one."""
        found = [salvage.found_in(data)[0] for data in self._same_campaign if self.foreign]
        return [events[-1].event.hash for events in found if events]

    def is_of_other_copy(self, revision: str, way: Container[str]) -> bool:
        """Whether a revision is of a copy that parted from this history, and whose lines are kept: it can be joined.

        Args:
            way: the hashes of the events of this history.
        """
        known = self._kept
        event = next((one for one in known.values() if one.revision == revision), None)
        while event is not None and event.hash not in way:
            before = event.before[0] if event.before else ""
            if before in way:
                return True
            event = known.get(before)
        return False

    @cached_property
    def _kept(self) -> dict[str, Event]:
        """Events of the campaign that lie anywhere but in its log, by their hashes."""
        beside = (one.event for data in self._beside for one in salvage.found_in(data)[0])
        return {digest: one.event for digest, one in self.elsewhere.items()} | {one.hash: one for one in beside}

    def is_elsewhere(self, revision: str) -> bool:
        """Whether a revision is of an event of another campaign of this store."""
        digits = revision.rpartition("-")[2].encode()
        others = (data for data in self._other_logs if data not in self._same_campaign)
        return any(b'"hash":"' + digits in data for data in others)


def _is_json(entry: folders.Entry) -> bool:
    return entry.name.endswith(layout.DOCUMENT_SUFFIX) and not entry.is_link


def _tree(path: Path) -> jsontext.Tree:
    try:
        return jsontext.parse(files.read_if_there(path) or b"", path)
    except SavesError:
        # What is wrong with it is told where the documents are looked at.
        return {}


def rows_beyond(remains: Remains, view: Path) -> list[jsontext.Tree]:
    """Return the messages that the way does not have, and that the chat's own file or the lines beyond still have."""
    known = {row["id"] for one in remains.way for row in _rows(one.event)}
    found: dict[str, jsontext.Tree] = {}
    for line in (files.read_if_there(view) or b"").splitlines():
        try:
            row = jsontext.parse(line, view)
        except SavesError:
            continue
        if isinstance(row.get("id"), str):
            found[row["id"]] = row
    for event in remains.beyond:
        for row in _rows(event):
            found.setdefault(row["id"], row)
    return [row for digest, row in found.items() if digest not in known]


def _rows(event: Event) -> list[jsontext.Tree]:
    rows = event.data.get(MESSAGES)
    return [row for row in rows if isinstance(row, dict) and "id" in row] if isinstance(rows, list) else []


def settled_saves(
    slots: jsontext.Tree, known: Collection[str], moved: Mapping[str, Event], before: jsontext.Tree | None
) -> tuple[jsontext.Tree, list[str]]:
    """Return the saves whose events are known, and the names of the others.

    Args:
        moved: what stands in the place of events that are gone.
        before: what the log says of the saves: of one whose event is wrong in the file, that stands.
    """
    rows: dict[str, jsontext.Tree] = slots[SLOTS]
    told = (before or {}).get(SLOTS) or {}
    stand: dict[str, jsontext.Tree] = {}
    lost: list[str] = []
    for slot_id, row in rows.items():
        logged = told.get(slot_id)
        if row["event"] in known:
            stand[slot_id] = row
        elif (now := moved.get(row["event"])) is not None:
            stand[slot_id] = {**row, "event": now.hash, "seq": now.seq}
        elif logged is not None and logged["event"] in known:
            stand[slot_id] = logged
        else:
            lost.append(row["name"])
    return {**slots, SLOTS: stand}, lost


def is_slots(tree: jsontext.Tree) -> bool:
    """Whether a document has saves that can be read."""
    return not CampaignContract().faults(SLOTS, tree) and bool(Slots.model_validate(tree).slots)


def words_of_loss(remains: Remains, turns: int, *, kept: bool) -> str | None:
    """Return what of the history is gone, as a player says it: `2 turns after 21:04`.

    Args:
        turns: how many there are known to have been.
        kept: how things stood at their end is known.
    """
    last = remains.way[-1].event if remains.way else None
    count = turns - (last.turn if last else 0)
    since = "" if last is None else f" after {last.at[11:16]} (UTC, {last.at[:10]})"
    what: str | None
    if count > 0:
        what = f"{count} turn{'s'[: count != 1]}{since}"
    elif remains.beyond:
        what = f"what was noted{since}"
    else:
        what = f"what happened{since}" if kept or last is None else None
    if what is None:
        return None
    return f"the history of {what}; how things stood at their end is there" if kept else what
