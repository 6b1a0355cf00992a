"""Going back and forward in a campaign's history. Nothing of it is ever taken away: going back is an event, too."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic_core import to_jsonable_python

from gamesaves.disk.ancestry import Ancestry
from gamesaves.disk.chain import migrated
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.log import Event
from gamesaves.disk.state import PARTED, RESTORED, VIEWS, State, parted
from gamesaves.disk.views import rows_behind
from gamesaves.errors import InvalidValue, NotFound
from gamesaves.rules.patch import MISSING, Operation, between
from gamesaves.rules.rewinding import Change, all_changes, touches, wound_back
from gamesaves.services.contracts import CAMPAIGN, HAPPENINGS, TURNS, CampaignContract
from gamesaves.services.opened import Opened
from gamesaves.services.published import rows_again, worlds_changed

if TYPE_CHECKING:
    from gamesaves.services.campaign import Campaign

Reference = str | int | Event
"""An event: itself, its number, its hash, or the first eight digits of that or more."""


_RECENT = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two states of a campaign.

    Attributes:
        changes: value by value.
        patches: for each document a JSON Patch (RFC 6902) that leads from the first to the second.
    """

    changes: list[Change]
    patches: dict[str, list[Operation]]


def _difference(old: dict[str, Tree], new: dict[str, Tree]) -> Difference:
    # Copies: whoever is told what differs may change it, and one of the two is the present state.
    old, new = to_jsonable_python(old), to_jsonable_python(new)
    found = all_changes(old, new)
    keys = dict.fromkeys(change.document for change in found)
    return Difference(found, {key: between(old.get(key, MISSING), new.get(key, MISSING)) for key in keys})


class Rewinding(Opened):
    """What an open campaign offers of its history."""

    def _event(self, reference: Reference, ancestry: Ancestry) -> Event:
        return reference if isinstance(reference, Event) else ancestry.event(reference)

    def point(self, reference: Reference | None = None) -> tuple[Event, State]:
        """Return an event, the newest one where none is given, and the state right after it.

        Raises:
            NotFound, Ambiguous, Damaged: as `state_at`.
        """
        ancestry = self._ledger.ancestry
        event = self._event(self._ledger.head.hash if reference is None else reference, ancestry)
        return event, self._ledger.state if event.hash == self._ledger.head.hash else ancestry.state_at(event)

    def rows_at(self, view: str, event: Event) -> list[Tree]:
        """Return the rows of a view of the log, such as the chat, as they were right after an event."""
        return rows_behind(self._ledger.ancestry.events.values(), view, event.hash)

    def state_at(self, reference: Reference) -> dict[str, Tree]:
        """Return all documents as they were right after an event, by their paths: `characters/pc:kara_smith`.

        Raises:
            NotFound, Ambiguous: nothing, or more than one event, is called that.
            Damaged: the history before it is damaged.
        """
        trees: dict[str, Tree] = to_jsonable_python(self.point(reference)[1].trees)
        return trees

    def diff(self, before: Reference, after: Reference | None = None) -> Difference:
        """Compare the states right after two events.

        Args:
            after: the present state where it is not given.

        Raises:
            NotFound, Ambiguous, Damaged: as `state_at`.
        """
        now = self._ledger.state if after is None else self.point(after)[1]
        return _difference(self.point(before)[1].trees, now.trees)

    def preview_restore(self, reference: Reference) -> Difference:
        """Return what restoring an event would change now; what stays, such as slots, is not in it.

        Raises:
            NotFound, Ambiguous, Damaged: as `state_at`.
        """
        documents, _ = self._back_to(*self.point(reference))
        then = {key: tree for key, tree in documents.items() if tree is not None}
        return _difference(self._ledger.state.trees, then)

    def in_force(self) -> Iterator[Event]:
        """Return the events that led to the present state, the newest first; of a merge those of both sides.

        What was taken back is passed over.
        """
        look_up = self._look_up()
        waiting = [look_up(self._ledger.head.hash)]
        seen = {self._ledger.head.hash}
        while waiting:
            event = waiting.pop()
            if (target := event.data.get(RESTORED)) is None:
                yield event
            before = set(event.before if target is None else (str(target),)) - seen
            seen |= before
            waiting = sorted([*waiting, *map(look_up, before)], key=lambda one: (one.seq, one.hash))

    def _look_up(self) -> Callable[[str], Event]:
        """Return what finds an event by its hash; the whole log is read only for one that is long past."""
        recent = {event.hash: event for event in self._ledger.newest(_RECENT)}
        ancestry = self._ledger.ancestry
        return lambda digest: recent.get(digest) or ancestry.events[digest]

    def blame(self, document: str, path: str) -> Event:
        """Return the event that gave a value its present state: a turn, an edit made by hand, …

        Args:
            document: `characters/pc:kara_smith`.
            path: the steps to the value, with slashes between them: `inventory/rope/quantity`.

        Raises:
            NotFound: there is no such document, or nothing ever changed a value there.
        """
        if document not in self._ledger.state.trees:
            raise NotFound("document", document, path=self.folder)
        pointer = f"/{path.strip('/')}" if path.strip("/") else ""
        look_up = self._look_up()
        event: Event | None = look_up(self._ledger.head.hash)
        while event is not None:
            way = event.before[:1]
            if (target := event.data.get(RESTORED)) is not None:
                way = (str(target),)
            elif touches(list(event.changes.get(document, [])), pointer):
                if not event.parents:
                    return event
                way = event.before[1:]
            event = look_up(way[0]) if way else None
        raise NotFound("value", f"{document}{pointer}", path=self.folder)

    def restore(self, reference: Reference, *, note: str | None = None, keep_published: bool = False) -> Event:
        """Go back, or forward again, to the state right after an event; return the event that does so.

        Slots stay, and so does that sessions took place, and the universe, once something was published there. To take
        it back, restore the event before it.

        Args:
            keep_published: let what has been brought to the universe since stay in force there.

        Raises:
            NotFound, Ambiguous, Damaged: as `state_at`.
            InvalidValue: a turn is open in this thread.
            ReadOnly, NewerFormat, NoSpace, FileProblem, FlushFailed, Diverged: it cannot be committed.
        """
        return self._go_back(lambda: reference, note, keep_published=keep_published)

    def _go_back(self, chosen: Callable[[], Reference], note: str | None, *, keep_published: bool = False) -> Event:
        """Restore an event that is chosen once every turn before this has ended."""
        self._committer.begin_turn()
        try:
            self._ledger.take_in_edits(self._ledger.keys())
            event, state = self.point(chosen())
            documents, views = self._back_to(event, state)
            data: Tree = {RESTORED: event.hash, VIEWS: views}
            if keep_published and (kept := self._kept_published(event)):
                data[HAPPENINGS] = kept
                views[HAPPENINGS] = kept[-1]["id"]
            text = note or f"Back to event {event.seq}, turn {event.turn}"
            pending = self._committer.commit("restore", documents, note=text, data=data)
            self._refreshing.mark_all()
            return pending.result()
        finally:
            self._committer.end_turn()

    def fork(self, title: str | None = None, *, at: Reference | None = None) -> "Campaign":
        """Make a campaign that begins where this one is, or was at an event, and open it; this one stays as it is.

        Raises:
            NotFound, Ambiguous, Damaged: as `state_at`.
            InvalidName: the title has no character that can be seen.
        """
        self._committer.settle()
        return self._campaigns.fork(self.folder.name, at=at, title=title)

    def _back_to(self, event: Event, then: State) -> tuple[dict[str, Tree | None], dict[str, str | None]]:
        now = self._ledger.state.trees
        contract = CampaignContract()
        documents: dict[str, Tree | None] = {}
        for key in {**now, **then.trees}:
            old = then.trees.get(key)
            old = old if old is None else migrated(contract, key, old)
            documents[key] = wound_back(key, now.get(key), old)
        self._stay_in_world(documents, now[CAMPAIGN].get("universe_id"))
        ends = {name: then.views.get(name) for name in contract.views}
        return documents, {**ends, PARTED: parted(event.hash, self._ledger.head.hash)}

    def _stay_in_world(self, documents: dict[str, Tree | None], world: str | None) -> None:
        """Let a campaign that has published stay in its universe, where what is taken back is taken back."""
        then = documents[CAMPAIGN]
        if then is not None and then.get("universe_id") != world:
            changed = worlds_changed(self.known_events())
            if world in changed and changed != {then.get("universe_id")}:
                documents[CAMPAIGN] = {**then, "universe_id": world}

    def _kept_published(self, target: Event) -> list[Tree]:
        """Return what was published since an event, as a restore has it for it to stay: its rows, once more."""
        there, now = (rows_again(self.known_events(), self.id, one) for one in (target.hash, self._ledger.head.hash))
        known = {row["id"] for row in there}
        return [row for row in now if row["id"] not in known]

    def known_events(self) -> list[Event]:
        """Return all events that are known of this campaign, those of other copies included, each behind its causes."""
        return list(self._ledger.ancestry.events.values())

    def rollback(self, *, turns: int = 1) -> Event:
        """Take the last turns back; return the event that does so.

        Raises:
            InvalidValue: there are not that many turns since the beginning, or since two copies were joined, or the
                number is not positive.
            As `restore`.
        """
        note = f"{turns} turn{'s' if turns != 1 else ''} taken back"
        return self._go_back(lambda: self.before_turns(turns), note)

    def before_turns(self, turns: int) -> Event:
        """Return the event right before the last so many turns that are in force.

        Raises:
            InvalidValue: there are not that many turns since the beginning, or since two copies were joined, the
                number is not positive, or an encounter goes on.
        """
        if type(turns) is not int or turns < 1:
            raise InvalidValue("the number of turns to take back must be a whole one, from 1 on")
        if not self._committer.counts_turns:
            hint = "End the encounter, or drop it."
            raise InvalidValue("no turn is taken back within an encounter", path=self.folder, hint=hint)
        taken = 0
        for event in self.in_force():
            if event.parents:
                raise self._joined(event, taken)
            taken += event.kind in TURNS
            if taken == turns:
                return self._look_up()(event.before[0])
        there = {0: "is no turn", 1: "is only 1 turn"}.get(taken, f"are only {taken} turns")
        raise InvalidValue(f"there {there} to take back")

    def _joined(self, merge: Event, played: int) -> InvalidValue:
        """Return what keeps turns from being taken back: before a merge no turn is the last of both copies."""
        since = {0: "no turn has", 1: "only 1 turn has"}.get(played, f"only {played} turns have")
        one, other = (parent[:8] for parent in merge.parents)
        return InvalidValue(
            f"event {merge.seq} joined two copies of the campaign, and {since} been played since",
            path=self.folder,
            hint=f"Say to which event, of one copy or of the other (campaign.restore): saves history restore {self.id} "
            f"{one}, or {other}. What was played in both: saves history log --graph {self.id}",
        )
