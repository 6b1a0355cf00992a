"""What of a campaign goes into a bundle, and writing it: the same bytes each time for the same history."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from gamesaves.disk import bundlenames, bundles, files, folders, jsontext, layout, reconcile, snapshots
from gamesaves.disk.ancestry import Ancestry
from gamesaves.disk.chain import Chain
from gamesaves.disk.pictures import picture_kind
from gamesaves.disk.state import State
from gamesaves.disk.views import Views
from gamesaves.documents import BundleHead, BundleInfo, CharacterProfile
from gamesaves.errors import Damaged, Problem, SavesError
from gamesaves.ids import file_stem, is_id
from gamesaves.rules.rewinding import SLOTS
from gamesaves.services.context import Context
from gamesaves.services.contracts import CAMPAIGN, CHARACTERS, CampaignContract, store_ids
from gamesaves.services.images import FOLDER as IMAGES
from gamesaves.services.profiles import Profiles

PROFILES_FOLDER = "character_profiles"
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
class Gathered:
    """What goes into the bundle of one campaign, as its log says it; nothing that is in the middle of being written.

    Attributes:
        contents: by path, what reads the bytes.
        problems: what is left out.
    """

    info: BundleInfo
    state: State
    contents: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def leave_out(self, path: Path | str, reason: str, code: str = "left_out") -> None:
        """Take note that something cannot come along."""
        self.problems.append(Problem("warning", code, str(path), f"left out: {reason}"))


def gathered(context: Context, folder_name: str, *, documents: bool = True) -> Gathered:
    """Return what goes into a bundle of a campaign's own folder.

    Args:
        documents: take along what follows from the log, so that a person can read it; import writes it anyway.

    Raises:
        Damaged, NewerFormat: its log cannot be vouched for.
    """
    folder = context.places.campaign(folder_name)
    contract = CampaignContract()
    chain = Chain(folder, contract)
    reading = chain.read()
    if reading.read_only is not None:
        raise reading.read_only
    state = reading.state
    result = Gathered(info_of(folder, state, contract), state)
    base = f"{result.info.folder}/"
    text = _log_text(chain, state)
    result.contents[base + layout.LOG] = lambda: text
    if documents:
        _add_documents(result, base, folder)
    _add_snapshot(result, base, folder, chain)
    for file in _other_files(result, folder, contract):
        path = base + file.relative_to(folder).as_posix()
        if path not in result.contents:
            result.contents[path] = partial(files.read, file)
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


def _log_text(chain: Chain, state: State) -> bytes:
    """Return the log up to its newest whole line."""
    assert state.head is not None
    text = chain.reencoded if chain.reencoded is not None else files.read(chain.log, 0, state.head.offset)
    text = text[: state.head.offset]
    return text if text.endswith(b"\n") else text.rstrip(b"\0") + b"\n"


def _add_documents(result: Gathered, base: str, folder: Path) -> None:
    """Add what the log says of every document, and the views of it."""
    contract, state = CampaignContract(), result.state
    for key in state.trees:
        result.contents[base + layout.document_path(key)] = partial(reconcile.encoded, contract, key, state)
    views = Views(folder, contract.views, lambda: Ancestry(folder, contract).events.values())
    for name, path in contract.views.items():
        if state.views.get(name) is not None:
            rows = views.rows(name, state, writing=False)
            lines = b"".join(jsontext.encode_line(row) + b"\n" for row in rows)
            result.contents[base + path] = partial(bytes, lines)


def _add_snapshot(result: Gathered, base: str, folder: Path, chain: Chain) -> None:
    """Add the newest snapshot that belongs to the log: it saves time, and older ones save no more."""
    for found in snapshots.listed(folder / layout.SNAPSHOTS):
        try:
            data = files.read(found.path)
            snapshot = snapshots.decode(data, found.path)
        except SavesError:
            continue
        if chain.ends_line(snapshot.offset, snapshot.hash):
            result.contents[f"{base}{layout.SNAPSHOTS}/{found.path.name}"] = partial(bytes, data)
            return


def _other_files(result: Gathered, folder: Path, contract: CampaignContract) -> Iterator[Path]:
    """Return what else lies in the folder and can come along: presets, lines of other copies, fights going on."""
    own = {layout.LOG, *contract.views.values()}
    waiting = [folder]
    while waiting:
        for entry in folders.entries(waiting.pop()):
            inside = entry.path.relative_to(folder).as_posix()
            key = layout.document_key(inside)
            if entry.name.startswith(".") or inside in own or inside == layout.SNAPSHOTS:
                continue
            if entry.is_link:
                result.leave_out(entry.path, "it is a link")
            elif (fault := bundlenames.fault_of(inside)) is not None and not (key and contract.is_document(key)):
                result.leave_out(entry.path, f"other systems have no place for its name: {fault}")
            elif entry.is_folder:
                waiting.append(entry.path)
            elif key is not None and contract.is_document(key):
                if key not in result.state.trees:
                    result.leave_out(entry.path, "it is not in the log yet; open the campaign to take it in")
            elif _is_sound(result, entry.path):
                yield entry.path


def _is_sound(result: Gathered, file: Path) -> bool:
    """Whether a file of presets, or of a player's own, is one that a bundle may have."""
    if file.suffix == layout.DOCUMENT_SUFFIX:
        try:
            jsontext.parse_value(files.read(file), file)
        except SavesError as error:
            result.leave_out(file, error.message)
            return False
    return True


# Who plays in it, and how they look


def add_people(result: Gathered, context: Context, profiles: Profiles) -> None:
    """Add the profiles that the characters refer to, and the pictures that these and the saves show."""
    shown: set[str] = set()
    for profile in _people(result, profiles):
        data = partial(jsontext.encode, profile.model_dump(mode="json"))
        result.contents[f"{PROFILES_FOLDER}/{file_stem(profile.character_id)}.json"] = data
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
        result.contents[path] = partial(files.read, file)


def write(result: Gathered, target: Path, *, folder: bool) -> Exported:
    """Write the bundle; the arguments and errors are those of `store.export`."""
    about = result.info.model_dump(mode="json", exclude={"schema_version", "kind"})
    name = result.info.folder
    if folders.is_folder(target):
        target = target / (name if folder else name + bundles.SUFFIX)
    (bundles.write_folder if folder else bundles.write_zip)(target, about, result.contents)
    head = result.info.head
    signature = files.signature(target)
    size = sum(folders.sizes(target)) if folder else signature.size if signature else 0
    entries = len(result.contents) + 1
    problems = tuple(result.problems)
    return Exported(target, result.info.campaign_id, result.info.title, head.seq, head.hash, entries, size, problems)
