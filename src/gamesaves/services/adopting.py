"""Taking in a whole tree of an older version: what is here already stays, and each campaign comes whole or not at all.

Nothing of the tree is changed. Profiles and pictures come first, all of them or none, then one campaign after the
other; what cannot be used is set aside before the thing that it is of.
"""

import shlex
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from gamesaves.disk import bundles, files, folders
from gamesaves.disk.chain import Chain
from gamesaves.disk.foreign import looked_through
from gamesaves.disk.layout import LOG
from gamesaves.disk.manifests import Bundle, Limits
from gamesaves.disk.pictures import HASH_DIGITS
from gamesaves.documents import BundleHead, BundleInfo
from gamesaves.errors import BadBundle, Conflict, NoSpace, Problem, SavesError
from gamesaves.rules.adoption.naming import TEMPLATE
from gamesaves.rules.revisions import content_hash
from gamesaves.services.arrivals import Arrivals, Step
from gamesaves.services.campaigns import Campaigns
from gamesaves.services.context import Context
from gamesaves.services.contracts import CampaignContract
from gamesaves.services.examining import Seen, examined
from gamesaves.services.exporting import info_of
from gamesaves.services.images import FOLDER as IMAGES
from gamesaves.services.importing import Importing, ImportPlan
from gamesaves.services.oldcampaigns import OldCampaign, digest_of
from gamesaves.services.olddocuments import ADOPTED, Writing
from gamesaves.services.oldpeople import Person
from gamesaves.services.oldreading import understood
from gamesaves.services.oldtrees import OldTree, Report, require_no_store
from gamesaves.services.profiles import Profiles
from gamesaves.services.standing import put_away


class Adoption:
    """One tree that is taken in.

    Raises:
        BadBundle: there is too much in it, or nothing of an older version.
        InvalidValue: it is a store of this version, or a backup of one.
    """

    def __init__(
        self,
        context: Context,
        campaigns: Campaigns,
        profiles: Profiles,
        source: Path,
        *,
        dry_run: bool,
        limits: Limits | None = None,
    ) -> None:
        self._context = context
        self._campaigns = campaigns
        self._profiles = profiles
        self._dry_run = dry_run
        self._limits = limits or Limits()
        self._importing = Importing(context, campaigns, profiles, limits, source)
        foreign = looked_through(source, self._limits)
        require_no_store(foreign)
        self._tree = OldTree(foreign)
        if self._tree.places.empty:
            reason = "there is neither a manifest.json nor a log.jsonl in it, nor anything of an older version"
            hint = "Give a bundle, the folder of a campaign: campaign_…, or a folder with saves of an older version."
            raise BadBundle(reason, path=source, hint=hint)
        self._found = understood(self._tree, self._stored())
        self._report = Report()
        self._problems: list[Problem] = []
        self._kept_before = [one for one in context.recovered.listed() if one.verb is None and one.path is not None]
        self._kept_now: set[bytes] = set()

    def _stored(self) -> dict[str, str]:
        """Return the pictures that the store has, by the digits of their digests."""
        names = folders.names(self._context.places.images)
        return {name.partition(".")[0][-HASH_DIGITS:]: f"{IMAGES}/{name}" for name in sorted(names)}

    def take_in(self, *, as_copy: bool) -> ImportPlan:
        """Take it in, or only say what that would do; see `SaveStore.import_`."""
        standing = {} if as_copy else {one.folder: self._standing(one) for one in self._found.old}
        steps = self._take_in_general(standing)
        plans: list[ImportPlan] = []
        refused: list[SavesError] = []
        for folder in sorted([one.folder for one in self._found.old] + self._found.logged):
            try:
                plans.append(self._campaign(folder, standing.get(folder), as_copy=as_copy))
            except SavesError as error:
                if isinstance(error, NoSpace):
                    raise
                refused.append(error)
                self._problems.append(error.as_problem())
                self._report.fail("refused", folder or ".", f"this campaign is not taken in: {error.message}")
        if len(refused) == 1 and not plans and not any(step.target for step in steps):
            raise refused[0]
        return self._together(steps, plans, refused)

    def _together(self, steps: list[Step], plans: list[ImportPlan], refused: list[SavesError]) -> ImportPlan:
        every = [*steps, *(step for plan in plans for step in plan.steps)]
        read = self._tree.foreign.files
        size = sum(read[self._pictures()[one.name]].size for one in steps if one.what == "picture" and one.target)
        return ImportPlan(
            self._tree.foreign.origin,
            campaign_id="",
            title="",
            folder="",
            seq=0,
            hash="",
            present=not refused and not any(step.target for step in every),
            steps=tuple(every),
            problems=(*self._problems, *(problem for plan in plans for problem in plan.problems)),
            size=size + sum(plan.size for plan in plans),
            done=not self._dry_run,
            campaigns=tuple(plans),
            decisions=tuple(self._report.decisions),
        )

    # Who is in it

    def _take_in_general(self, standing: Mapping[str, "str | Conflict | None"]) -> list[Step]:
        """Take in profiles and pictures, and tell of what is nobody's."""
        self._set_aside(self._found.report)
        wanted = self._wanted(standing)
        bundle, seen = self._bundle_of(wanted)
        people = self._importing.take_in_people(bundle, seen, dry_run=True)
        for one in wanted:
            self._tell_person(one, people)
        if not self._dry_run:
            people = self._importing.take_in_people(bundle, seen, dry_run=False)
        self._problems += people.problems
        return people.steps

    def _wanted(self, standing: Mapping[str, "str | Conflict | None"]) -> list[Person]:
        """Return who is taken in: no template that is here, nobody known only from a campaign that stays out."""
        coming = {one for old in self._found.old if standing.get(old.folder) is None for one in old.characters}
        wanted = []
        for character_id, person in self._found.people.items():
            if person.copied and character_id not in coming:
                continue
            if character_id.startswith(TEMPLATE) and character_id in self._profiles:
                self._tell_here(person, "")
                continue
            wanted.append(person)
        return wanted

    def _tell_person(self, person: Person, people: Arrivals) -> None:
        step = next(one for one in people.steps if one.what == "profile" and one.name == person.home)
        if step.action == "keep":
            self._tell_here(person, step.note or "")
            return
        self._set_aside(person.report)
        if step.target != person.home:
            self._report.note("new_id", person.source, str(step.note), step.target)

    def _tell_here(self, person: Person, note: str) -> None:
        """Tell that somebody is in the store; what the tree says of them otherwise is kept."""
        profile = person.profile
        name = profile.character_id
        here = self._profiles.find(name)
        same = here is not None and content_hash(profile) in (content_hash(here), *here.previous)
        report = Report()
        if same or (here is not None and not note and here.uid == profile.uid):
            report.note("here", person.source, f"{name} is here already")
        else:
            report.keep(
                person.source, person.home, f"{name} is here already, in another version, which stays", what="here"
            )
        self._set_aside(report)

    def _pictures(self) -> dict[str, str]:
        return {path: file for one in self._found.people.values() for path, file in one.pictures.items()}

    def _bundle_of(self, people: list[Person]) -> tuple[Bundle, Seen]:
        shown = {path: file for one in people for path, file in one.pictures.items()}
        sizes = {path: self._tree.foreign.files[file].size for path, file in shown.items()}
        bundle = bundles.made(self._tree.foreign.origin, None, sizes, lambda path: self._tree.foreign.read(shown[path]))
        nobody = BundleInfo(campaign_id="unknown", folder="", title="", head=BundleHead(seq=0, hash="0" * 32))
        profiles = {one.profile.character_id: one.profile for one in people}
        return bundle, Seen(info=nobody, complete=False, profiles=profiles, pictures=sorted(shown))

    # Its campaigns

    def _standing(self, campaign: OldCampaign) -> "str | Conflict | None":
        """Return the folder in which a campaign is here already; what is in its way; None where it is new."""
        digest = digest_of(self._tree, campaign)
        wanted = campaign.campaign_id
        for one in sorted(self._campaigns.list(archived=True), key=lambda one: one.archived):
            if wanted in (one.campaign_id, one.folder):
                if one.archived:
                    return put_away(self._tree.foreign.origin / campaign.folder, one)
                if _made_from(one.path) == digest:
                    return one.path.name
                return self._conflict(campaign, one.path)
        place = self._context.places.campaign(wanted)
        return self._conflict(campaign, place) if files.exists(place) else None

    def _conflict(self, campaign: OldCampaign, here: Path) -> Conflict:
        text = f"the campaign {campaign.campaign_id} is here, and was not made from what is in the tree now"
        hint = f"Have both: saves import --as-copy {shlex.quote(str(self._tree.foreign.origin / campaign.folder))}"
        return Conflict(f"{text}; neither is written over the other", path=here, hint=hint)

    def _campaign(self, folder: str, standing: "str | Conflict | None", *, as_copy: bool) -> ImportPlan:
        if isinstance(standing, Conflict):
            raise standing
        old = next((one for one in self._found.old if one.folder == folder), None)
        if old is None:
            return self._with_log(folder, as_copy=as_copy)
        if standing is None:
            return self._without_log(old, as_copy=as_copy)
        self._report.note("here", folder or ".", "this campaign is here already", standing)
        return self._present(old, standing)

    def _present(self, old: OldCampaign, folder: str) -> ImportPlan:
        reading = Chain(self._context.places.campaign(folder), CampaignContract()).read()
        assert reading.state.head is not None
        info = info_of(self._context.places.campaign(folder), reading.state, CampaignContract())
        source = self._tree.foreign.origin / old.folder
        at = info.head
        done = not self._dry_run
        return ImportPlan(source, old.campaign_id, info.title, folder, at.seq, at.hash, True, (), (), 0, done)

    def _without_log(self, old: OldCampaign, *, as_copy: bool) -> ImportPlan:
        digest = digest_of(self._tree, old)
        if as_copy:
            title = old.data.get("title")
            old.campaign_id = self._campaigns.new_folder(title if isinstance(title, str) else old.campaign_id[9:])
        profiles = {character_id: one.profile for character_id, one in self._found.people.items()}
        made = Writing(self._tree, old, self._found.cast, profiles).events(digest)
        text = b"".join(one.line for one in made)
        info = info_of(self._context.places.campaign(old.campaign_id), made[-1].state, CampaignContract())
        base = f"{old.campaign_id}/"
        read = {base + LOG: partial(bytes, text)}
        read |= {base + inside: partial(self._tree.foreign.read, path) for inside, path in old.files.items()}
        sizes = {base + inside: self._tree.foreign.files[path].size for inside, path in old.files.items()}
        source = self._tree.foreign.origin / old.folder
        about = info.model_dump(mode="json")
        bundle = bundles.made(source, about, {base + LOG: len(text), **sizes}, lambda path: read[path]())
        seen = examined(bundle)
        self._set_aside(old.report)
        return self._settled(bundle, seen, old.campaign_id, present=False)

    def _with_log(self, folder: str, *, as_copy: bool) -> ImportPlan:
        origin = self._tree.foreign.origin / folder
        with bundles.opened(origin, self._limits) as bundle:
            seen = examined(bundle)
            name, present = self._importing.place(bundle, seen, as_copy=as_copy)
            if present:
                self._report.note("here", folder or ".", "this campaign is here already", name)
            return self._settled(bundle, seen, name, present=present)

    def _settled(self, bundle: Bundle, seen: Seen, folder: str, *, present: bool) -> ImportPlan:
        """Import a campaign; of its people only those are told who are in no other place of the tree."""
        people = self._bundle_of(list(self._found.people.values()))
        seen.profiles = people[1].profiles
        seen.pictures = people[1].pictures
        plan = self._importing.settle(bundles.joined(bundle, people[0]), seen, folder, present, dry_run=self._dry_run)
        steps = [
            one for one in plan.steps if one.what in ("campaign", "universe") or one.action in ("rebuild", "missing")
        ]
        size = 0 if present else sum(bundle.entries[path].size for path in seen.files.values())
        return replace(plan, steps=tuple(steps), size=size)

    # What cannot be used

    def _set_aside(self, report: Report) -> None:
        """Tell of a report, and keep the bytes that it is about, those that are kept already aside."""
        known = set()
        for one in report.asides:
            data = self._tree.foreign.read(one.source)
            if any(kept.size == len(data) and files.read(kept.file) == data for kept in self._kept_before):
                known.add(one.source)
            elif not self._dry_run and (digest := sha256(data).digest()) not in self._kept_now:
                self._context.require_store()
                home = self._context.places.root / one.home
                reason = f"from {self._tree.foreign.origin / one.source}: {one.reason}"
                self._context.recovered.keep_bytes(data, home, at=self._context.stamp(), reason=reason)
                self._kept_now.add(digest)
        for told in report.decisions:
            again = told.severity == "error" and told.source in known
            self._report.decisions.append(replace(told, severity="note") if again else told)


def _made_from(folder: Path) -> object:
    """Return the digest of what a campaign of this store was made from; None where it was not made from a tree."""
    first = next(Chain(folder, CampaignContract()).lines(), None)
    about = None if first is None or first.event is None else first.event.data.get(ADOPTED)
    return about.get("digest") if isinstance(about, dict) else None
