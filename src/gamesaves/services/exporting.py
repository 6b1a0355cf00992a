"""What of a campaign goes into a bundle, and writing it: the same bytes each time for the same history."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from gamesaves.disk import bundlenames, bundles, files, folders, jsontext, layout
from gamesaves.disk.pictures import picture_kind
from gamesaves.disk.state import State
from gamesaves.documents import BundleHead, BundleInfo, BundleUniverse, CharacterProfile
from gamesaves.errors import Damaged, Problem, SavesError
from gamesaves.ids import file_stem, is_id
from gamesaves.rules.rewinding import SLOTS
from gamesaves.services.context import Context
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS, CampaignContract, store_ids
from gamesaves.services.gathering import Collected, Source, add_ledger
from gamesaves.services.images import FOLDER as IMAGES
from gamesaves.services.profiles import Profiles
from gamesaves.services.validation import made
from gamesaves.services.worldcontract import UNIVERSE, UniverseContract

PROFILES_FOLDER = "character_profiles"
UNIVERSES = "universes"
PICTURE_PATH = re.compile(rf"{IMAGES}/[^/]+")


@dataclass(frozen=True, slots=True)
class Exported:
    """A bundle that was written.

    Attributes:
        path: the file or folder.
        seq, hash: the newest event in it.
        entries: how many files are in it.
        size: of the bundle, in bytes.
        problems: what could not be taken along.
    """

    path: Path
    campaign_id: str
    title: str
    seq: int
    hash: str
    entries: int
    size: int
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Gathered(Collected):
    """What goes into the bundle of one campaign."""

    info: BundleInfo = field(kw_only=True)
    state: State = field(kw_only=True)


def gathered(context: Context, folder_name: str, *, documents: bool = True) -> Gathered:
    """Return what goes into a bundle of a campaign's own folder.

    Args:
        documents: take along what follows from the log, so that a person can read it; import writes it anyway.

    Raises:
        Damaged, NewerFormat: its log cannot be vouched for.
    """
    folder = context.places.campaign(folder_name)
    contract = CampaignContract()
    source = Source.of(folder, contract)
    result = Gathered(info=info_of(folder, source.state, contract), state=source.state)
    add_ledger(result, source, result.info.folder, documents=documents)
    return result


def info_of(folder: Path, state: State, contract: CampaignContract) -> BundleInfo:
    """Return what a manifest says of a campaign.

    Raises:
        Damaged: there is no campaign in the state.
    """
    head, tree = state.head, state.trees.get(CAMPAIGN)
    if head is None or tree is None:
        raise Damaged("its log has no campaign in it", path=folder / layout.LOG)
    data = {**tree, **contract.derived(CAMPAIGN, state)}
    campaign_id = str(data.get("campaign_id", folder.name))
    tags = data.get("tags")
    return BundleInfo(
        campaign_id=campaign_id,
        folder=folder.name if bundlenames.fault_of(folder.name) is None else campaign_id,
        title=str(data.get("title", folder.name)),
        head=BundleHead(seq=head.seq, hash=head.hash),
        last_played=data["last_played"],
        total_turns=data["total_turns"],
        characters=list(map(str, data.get("character_ids", ()))),
        tags=tags if isinstance(tags, dict) else {},
        thumbnails=sorted(thumbnails(state)),
    )


# The world it plays in


def add_universe(result: Gathered, context: Context) -> None:
    """Add the universe that a campaign plays in, the whole of it."""
    universe_id = result.state.trees[CAMPAIGN].get("universe_id")
    if not isinstance(universe_id, str) or not is_id(universe_id):
        return
    folder = context.places.universe(universe_id)
    if not folders.is_folder(folder):
        result.leave_out(universe_id, "its universe is not in this store", "missing_universe")
        return
    try:
        source = Source.of(context.places.require_inside(folder), UniverseContract())
        head, title = source.state.head, source.state.trees[UNIVERSE].get("title", universe_id)
        assert head is not None
        about = {"universe_id": universe_id, "title": title, "head": {"seq": head.seq, "hash": head.hash}}
        world = Collected()
        add_ledger(world, source, f"{UNIVERSES}/{folder.name}")
        result.entries |= world.entries
        result.problems += world.problems
        result.info = result.info.model_copy(update={"universe": made(BundleUniverse, about)})
    except SavesError as error:
        # A campaign can be played without its world.
        result.problems.append(error.as_problem("warning"))


# Who plays in it, and how they look


def add_people(result: Gathered, context: Context, profiles: Profiles) -> None:
    """Add the profiles that the characters refer to, and the pictures that these and the saves show."""
    shown: set[str] = set()
    for profile in _people(result, profiles):
        data = partial(jsontext.encode, profile.model_dump(mode="json"))
        result.entries[f"{PROFILES_FOLDER}/{file_stem(profile.character_id)}.json"] = data
        shown |= {path for path in (profile.portrait_path, *profile.additional_images) if path is not None}
    for path in sorted(shown | thumbnails(result.state)):
        _add_picture(result, context, path)


def _people(result: Gathered, profiles: Profiles) -> Iterator[CharacterProfile]:
    for profile_id, uid in sorted(references(result.state)):
        try:
            known = (profiles.find(one) for one in store_ids(result.state.trees, profile_id))
            profile = next((one for one in known if one is not None and one.uid == uid), None)
        except SavesError as error:
            result.problems.append(error.as_problem("warning"))
            continue
        if profile is None:
            result.leave_out(profile_id, "its profile is not in this store", "missing_profile")
        else:
            yield profile


def references(state: State) -> set[tuple[str, str]]:
    """Return the profiles that the characters of a campaign refer to, each with its `uid`."""
    pairs = ((tree.get("profile_id"), tree.get("profile_uid")) for _, tree in characters(state))
    return {(one, uid) for one, uid in pairs if isinstance(one, str) and is_id(one) and isinstance(uid, str)}


def characters(state: State) -> Iterator[tuple[str, jsontext.Tree]]:
    """Return the characters of a campaign, each as its key and its tree."""
    return ((key, tree) for key, tree in state.trees.items() if key.startswith(CHARACTERS))


def thumbnails(state: State) -> set[str]:
    """Return the pictures that the saves of a campaign show."""
    slots: Any = state.trees.get(SLOTS, {}).get("slots")
    rows = slots.values() if isinstance(slots, dict) else ()
    found = (row.get("thumbnail") for row in rows if isinstance(row, dict))
    return {path for path in found if isinstance(path, str)}


def _add_picture(result: Gathered, context: Context, path: str) -> None:
    if not PICTURE_PATH.fullmatch(path) or bundlenames.fault_of(path) is not None:
        result.leave_out(path, "it is not among the pictures of this store", "missing_picture")
        return
    try:
        file = context.places.require_inside(context.places.root / path)
        data = files.read_if_there(file)
        if data is not None:
            picture_kind(data, file)
    except SavesError as error:
        result.problems.append(error.as_problem("warning"))
        return
    if data is None:
        result.leave_out(path, "the picture is not there", "missing_picture")
    else:
        result.entries[path] = partial(files.read, file)


def write(result: Gathered, target: Path, *, folder: bool) -> Exported:
    """Write the bundle; the arguments and errors are those of `store.export`."""
    about = result.info.model_dump(mode="json", exclude={"schema_version", "kind"})
    name = result.info.folder
    if folders.is_folder(target):
        target = target / (name if folder else name + bundles.SUFFIX)
    (bundles.write_folder if folder else bundles.write_zip)(target, about, result.entries)
    head = result.info.head
    signature = files.signature(target)
    size = sum(folders.sizes(target)) if folder else signature.size if signature else 0
    entries = len(result.entries) + 1
    problems = tuple(result.problems)
    return Exported(target, result.info.campaign_id, result.info.title, head.seq, head.hash, entries, size, problems)
