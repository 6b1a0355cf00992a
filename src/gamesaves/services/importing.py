"""Taking a bundle into a store: planned, put together aside, then put in its place, all of it or nothing."""

import contextlib
import secrets
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import bundles, files, folders, jsontext, layout, reconcile
from gamesaves.disk.ancestry import Ancestry
from gamesaves.disk.brought import IMPORT, Bringing
from gamesaves.disk.chain import Chain
from gamesaves.disk.manifests import Bundle, Limits
from gamesaves.disk.preparing import prepare
from gamesaves.disk.state import Contract
from gamesaves.disk.views import Views
from gamesaves.errors import AlreadyExists, Damaged, NoSpace, Problem, SavesError
from gamesaves.ids import file_stem
from gamesaves.rules.adoption import Decision
from gamesaves.services.arrivals import Arrivals, Step, arrivals, everybody, pictures
from gamesaves.services.campaigns import OPEN_PATIENCE_SECONDS, Campaigns
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context
from gamesaves.services.contracts import PROFILES, CampaignContract
from gamesaves.services.examining import Seen, examined
from gamesaves.services.placing import put_in_place
from gamesaves.services.profiles import Profiles
from gamesaves.services.replaying import SeenLedger
from gamesaves.services.standing import joining, place_for
from gamesaves.services.worldarrivals import add_world
from gamesaves.services.worldcontract import UniverseContract


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What taking in a bundle does, thing by thing.

    Attributes:
        campaign_id: as the campaign's own document says it.
        folder: the name of its folder in this store, by which it is opened.
        seq, hash: the newest event.
        present: it is here already, to the same event: there is nothing to do.
        steps: what becomes of each file of the bundle, and of what did not come along.
        size: how many bytes are written.
        done: whether it has been carried out.
        campaigns: of an older tree, what becomes of each of its campaigns. Then all of them together are what is told
            above; id, title, folder and event are empty.
        decisions: how an older tree was read, thing by thing; empty for a bundle.
    """

    source: Path
    campaign_id: str
    title: str
    folder: str
    seq: int
    hash: str
    present: bool
    steps: tuple[Step, ...]
    problems: tuple[Problem, ...]
    size: int
    done: bool = False
    campaigns: "tuple[ImportPlan, ...]" = ()
    decisions: tuple[Decision, ...] = ()


class Importing:
    """Takes bundles into one store.

    Args:
        source: what is taken in, told where it can be taken back; None where another verb takes it back.
    """

    def __init__(
        self,
        context: Context,
        campaigns: Campaigns,
        profiles: Profiles,
        limits: Limits | None = None,
        source: Path | None = None,
    ) -> None:
        self._context = context
        self._campaigns = campaigns
        self._profiles = profiles
        self._limits = limits or Limits()
        self._bringing = None if source is None else Bringing(context.recovered, source, context.stamp)

    def bring_back(self, source: Path, folder: str) -> ImportPlan:
        """Import a bundle into a folder that is not there, whatever copies of it there may be.

        Raises:
            AlreadyExists: there is something at the folder.
        """
        place = self._context.places.campaign(folder)
        if files.exists(place):
            remove = f"saves campaign remove {shlex.quote(folder)}"
            hint = f"{joining(folder, source)}\nOr set aside the one that is here: {remove}"
            raise AlreadyExists("there is a campaign of this name already", path=place, hint=hint)
        with bundles.opened(source, self._limits) as bundle:
            return self._carry_out(bundle, examined(bundle), folder)

    def take_in(self, source: Path, *, dry_run: bool, as_copy: bool) -> ImportPlan:
        """Import a bundle, or only say what that would do; see `SaveStore.import_`."""
        with bundles.opened(source, self._limits) as bundle:
            seen = examined(bundle)
            folder, present = self.place(bundle, seen, as_copy=as_copy)
            return self.settle(bundle, seen, folder, present, dry_run=dry_run)

    def place(self, bundle: Bundle, seen: Seen, *, as_copy: bool) -> tuple[str, bool]:
        """Return the folder that a campaign gets, and whether it is there already to the same event.

        Raises:
            Conflict: it is here, and is another version, or another campaign has its folder.
        """
        if as_copy:
            return self._campaigns.new_folder(seen.info.title), False
        return place_for(self._context, self._campaigns, seen, bundle.origin)

    def settle(self, bundle: Bundle, seen: Seen, folder: str, present: bool, *, dry_run: bool) -> ImportPlan:
        """Import what has been examined into a folder, unless it is there already, or only say what that would do."""
        if not dry_run and not present:
            return self._carry_out(bundle, seen, folder)
        people = self._take_in(bundle, seen, lambda: self._people(bundle, seen, present), dry_run=dry_run)
        return self._plan(bundle, seen, folder, present, people, done=not dry_run)

    def take_in_people(self, bundle: Bundle, seen: Seen, *, dry_run: bool) -> Arrivals:
        """Take in all profiles and pictures that come without a campaign, or only say what that would do."""
        return self._take_in(bundle, seen, lambda: self._everybody(bundle, seen), dry_run=dry_run)

    def _take_in(self, bundle: Bundle, seen: Seen, decide: Callable[[], Arrivals], *, dry_run: bool) -> Arrivals:
        """Take in what comes beside a campaign."""
        people = decide()
        if dry_run or not any(step.target for step in people.steps):
            return people
        self._require_space(bundle)
        self._context.require_store()
        staging = self._context.places.staging / f"beside-{secrets.token_hex(4)}"
        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS), _removed_on_failure(staging):
            people = decide()
            self._stage_beside(bundle, seen, people, staging)
            put_in_place(self._context, staging, people.steps, None, self._bringing)
        with contextlib.suppress(SavesError):
            folders.remove(staging)
        return people

    def _everybody(self, bundle: Bundle, seen: Seen) -> Arrivals:
        people = everybody(seen, self._profiles, now=self._context.now())
        pictures(seen, people, self._context.places.root, bundle.read)
        return people

    def _people(self, bundle: Bundle, seen: Seen, present: bool) -> Arrivals:
        """Decide for all that comes with the campaign; where that is here already, it lacks at most its world."""
        if present:
            world = Arrivals()
            add_world(world, self._context, seen, bundle.origin)
            return world if any(step.target for step in world.steps) else Arrivals()
        people = arrivals(seen, self._profiles, now=self._context.now())
        pictures(seen, people, self._context.places.root, bundle.read)
        add_world(people, self._context, seen, bundle.origin)
        return people

    def _plan(
        self, bundle: Bundle, seen: Seen, folder: str, present: bool, people: Arrivals, *, done: bool
    ) -> ImportPlan:
        own = () if present else sorted(seen.files.items())
        steps = [Step("add", "campaign", entry, f"{folder}/{inside}") for inside, entry in own]
        head = seen.state.head
        assert head is not None
        return ImportPlan(
            bundle.origin,
            seen.info.campaign_id,
            seen.info.title,
            folder,
            head.seq,
            head.hash,
            present,
            (*steps, *people.steps),
            tuple(people.problems),
            _size(bundle, seen, people, present),
            done,
        )

    # Doing it

    def _carry_out(self, bundle: Bundle, seen: Seen, folder: str) -> ImportPlan:
        places = self._context.places
        self._require_space(bundle)
        self._context.require_store()
        head = seen.state.head
        assert head is not None
        staging = places.staging / f"{folder}-{head.hash[:8]}-{secrets.token_hex(4)}"
        lock = self._context.lock(folder, f"campaign {folder}")
        with lock.held(OPEN_PATIENCE_SECONDS), _removed_on_failure(staging):
            _stage_ledger(bundle, seen, CampaignContract(), staging / folder, documents=seen.complete)
            with self._context.global_lock.held(LOCK_PATIENCE_SECONDS):
                people = self._people(bundle, seen, False)
                self._stage_beside(bundle, seen, people, staging)
                if people.ids:
                    self._commit_ids(seen, people.ids, staging / folder)
                put_in_place(self._context, staging, people.steps, folder, self._bringing)
        with contextlib.suppress(SavesError):
            folders.remove(staging)
        return self._plan(bundle, seen, folder, False, people, done=True)

    def _require_space(self, bundle: Bundle) -> None:
        root = self._context.places.root
        while not files.exists(root) and root != root.parent:
            root = root.parent
        free = files.free_space(root)
        if free is not None and free < bundle.size:
            raise NoSpace(
                f"it takes {bundle.size:,} bytes, and {free:,} are free",
                path=self._context.places.root,
                hint="Make room on this disk and try again; nothing was written.",
            )

    def _stage_beside(self, bundle: Bundle, seen: Seen, people: Arrivals, staging: Path) -> None:
        for profile in people.written.values():
            tree = profile.model_dump(mode="json")
            jsontext.require_storable(tree)
            path = staging / self._context.places.profiles.name / f"{file_stem(profile.character_id)}.json"
            folders.make(path.parent)
            files.write_from(path, 0, jsontext.encode(tree))
        for step in people.steps:
            if step.what == "picture" and step.action == "add":
                folders.make((staging / step.name).parent)
                files.write_from(staging / step.name, 0, bundle.read(step.name))
            elif step.what == "universe" and step.target is not None and seen.universe is not None:
                _stage_ledger(bundle, seen.universe, UniverseContract(), staging / step.target, documents=True)

    def _commit_ids(self, seen: Seen, ids: dict[str, str], staged: Path) -> None:
        """Add an event that says which ids the profiles have here; what others have written is never rewritten."""
        contract = CampaignContract()
        state = seen.state
        if state.trees.get(PROFILES, {}).get("ids") == ids:
            return
        tree = {**state.trees.get(PROFILES, {}), "ids": ids}
        note = "Imported; some profiles have other ids in this store"
        prepared = prepare(state, contract, IMPORT, {PROFILES: tree}, at=self._context.stamp(), note=note)
        files.write_from(staged / layout.LOG, 0, seen.text + prepared.line)
        document = reconcile.encoded(contract, PROFILES, prepared.state)
        files.write_from(staged / layout.document_path(PROFILES), 0, document)


def _stage_ledger(bundle: Bundle, seen: SeenLedger, contract: Contract, staged: Path, *, documents: bool) -> None:
    """Write a ledger's folder aside.

    Args:
        documents: write those that did not come along, too.
    """
    for inside, entry in sorted(seen.files.items()):
        path = staged / inside
        folders.make(path.parent)
        files.write_from(path, 0, bundle.read(entry))
    for key in seen.state.trees if documents else ():
        path = staged / layout.document_path(key)
        if not files.exists(path):
            folders.make(path.parent)
            files.write_from(path, 0, reconcile.encoded(contract, key, seen.state))
    chain = Chain(staged, contract)
    for name in contract.views:
        views = Views(staged, contract.views, lambda: Ancestry(staged, contract).events.values())
        views.rows(name, seen.state, writing=True)
    head = seen.state.head
    reading = chain.read()
    if head is None or reading.state.head is None or reading.state.head.hash != head.hash:
        raise Damaged("what was written is not what was read", path=staged, hint="Check the disk.")


def _size(bundle: Bundle, seen: Seen, people: Arrivals, present: bool) -> int:
    taken = [*(() if present else seen.files.values()), *(one.name for one in people.steps if one.target is not None)]
    if seen.universe is not None and seen.universe.folder in taken:
        taken += seen.universe.files.values()
    return sum(bundle.entries[path].size for path in taken if path in bundle.entries)


@contextlib.contextmanager
def _removed_on_failure(staging: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        # The first failure is what matters; on a full disk, what is half made would only take up room.
        with contextlib.suppress(SavesError):
            folders.remove(staging)
        raise
