"""Looking at all that is in a bundle before anything of it is written: every entry is read, and has to be what it is.

A campaign's folder that was copied by hand has no manifest: of it only the log has to be sound, and all else is what
opening a campaign copes with anyway.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gamesaves.disk import bundlenames, jsontext, layout, log, snapshots
from gamesaves.disk.chain import REVISION, newer_format
from gamesaves.disk.manifests import Bundle, refused
from gamesaves.disk.pictures import picture_kind
from gamesaves.disk.snapshots import Snapshot
from gamesaves.disk.state import State
from gamesaves.documents import BundleHead, BundleInfo, CharacterProfile
from gamesaves.errors import BadBundle, InvalidDocument, NewerFormat, SavesError
from gamesaves.ids import id_of_stem
from gamesaves.rules.patch import PatchError, same
from gamesaves.services.contracts import CAMPAIGN, CampaignContract
from gamesaves.services.exporting import PICTURE_PATH, PROFILES_FOLDER
from gamesaves.services.profilefiles import profile_in
from gamesaves.services.validation import validated

_CONTRACT = CampaignContract()


@dataclass(slots=True)
class Seen:
    """What a bundle has in it.

    Attributes:
        complete: whether it was made by an export, with profiles and pictures.
        files: of the campaign's folder: where each goes in there, and the entry.
        state: at the end of the log.
        text: the log.
        hashes: of all events of the log, and of those of other copies beside it.
        profiles: by id.
        pictures: paths, as profiles refer to them.
    """

    info: BundleInfo
    complete: bool
    files: dict[str, str]
    state: State = field(default_factory=State)
    text: bytes = b""
    hashes: set[str] = field(default_factory=set)
    profiles: dict[str, CharacterProfile] = field(default_factory=dict)
    pictures: list[str] = field(default_factory=list)


def examined(bundle: Bundle) -> Seen:
    """Read all of a bundle.

    Raises:
        BadBundle: an entry is refused; the message has its name, and the reason.
        NewerFormat: a newer program has made it.
    """
    return _of_folder(bundle) if bundle.about is None else _of_bundle(bundle, bundle.about)


def _of_bundle(bundle: Bundle, about: jsontext.Tree) -> Seen:
    try:
        info = validated(BundleInfo, about, bundle.origin)
    except InvalidDocument as error:
        raise refused(bundle.origin, "manifest.json", error.message) from error
    fault = bundlenames.fault_of(info.folder)
    if fault is not None or "/" in info.folder or not info.folder.startswith(layout.CAMPAIGN_PREFIX):
        reason = f"the campaign's folder would be called {info.folder!r}"
        raise refused(bundle.origin, "manifest.json", reason)
    seen = Seen(info, True, {})
    kept: dict[str, Snapshot] = {}
    for path in sorted(bundle.entries):
        _look_at(bundle, path, seen, kept)
    _replay(bundle, seen, f"{info.folder}/{layout.LOG}", kept)
    head = seen.state.head
    assert head is not None
    if (head.seq, head.hash) != (info.head.seq, info.head.hash):
        reason = f"its newest event is {head.seq}-{head.hash[:8]}, not the one that the manifest names"
        raise refused(bundle.origin, f"{info.folder}/{layout.LOG}", reason)
    inside = seen.state.trees[CAMPAIGN].get("campaign_id")
    if inside != info.campaign_id:
        reason = f"it is of the campaign {inside!r}, not of the one that the manifest names"
        raise refused(bundle.origin, f"{info.folder}/{layout.LOG}", reason)
    return seen


def _look_at(bundle: Bundle, path: str, seen: Seen, kept: dict[str, Snapshot]) -> None:
    """Read one entry and see that it is what its place asks for."""
    first, _, rest = path.partition("/")
    if first == seen.info.folder and rest:
        seen.files[rest] = path
        data = _read(bundle, path, large=rest == layout.LOG or not rest.endswith(layout.DOCUMENT_SUFFIX))
        if rest.startswith(f"{layout.SNAPSHOTS}/"):
            snapshot = _checked(bundle, path, lambda: snapshots.decode(data, Path(path)))
            kept[snapshot.hash] = snapshot
        elif rest.startswith(f"{layout.BRANCHES}/"):
            seen.hashes |= _hashes(data)
        elif rest.endswith(layout.DOCUMENT_SUFFIX):
            _checked(bundle, path, lambda: jsontext.parse_value(data, path))
    elif first == PROFILES_FOLDER and (profile_id := _profile_id(rest)) is not None:
        data = _read(bundle, path)
        seen.profiles[profile_id] = _checked(bundle, path, lambda: profile_in(data, Path(path), profile_id))
    elif PICTURE_PATH.fullmatch(path):
        data = _read(bundle, path)
        _checked(bundle, path, lambda: picture_kind(data, path))
        seen.pictures.append(path)
    else:
        raise refused(bundle.origin, path, "a campaign has no place for it")


def _hashes(data: bytes) -> set[str]:
    return {line.event.hash for line in log.lines_of(data) if line.event is not None}


def _profile_id(name: str) -> str | None:
    stem = name.removesuffix(layout.DOCUMENT_SUFFIX)
    return id_of_stem(stem) if stem != name and "/" not in name and ":" not in name else None


def _read(bundle: Bundle, path: str, *, large: bool = False) -> bytes:
    size = bundle.entries[path].size
    if not large and size > jsontext.MAX_BYTES:
        raise refused(bundle.origin, path, f"it has {size:,} bytes; {jsontext.MAX_BYTES:,} are the most")
    return bundle.read(path)


def _checked(bundle: Bundle, path: str, look: Any) -> Any:
    """Return what `look` does, and refuse the entry where that is an error."""
    try:
        return look()
    except NewerFormat:
        raise
    except SavesError as error:
        place = f" (line {error.line}, column {error.column})" if error.line is not None else ""
        raise refused(bundle.origin, path, error.message + place) from error


def _replay(bundle: Bundle, seen: Seen, path: str, kept: Mapping[str, Snapshot]) -> None:
    """Build the state from the whole log, and see that the snapshots say the same."""
    if path not in bundle.entries:
        raise refused(bundle.origin, path, "it is missing, and without its log a campaign is nothing")
    data = bundle.read(path)
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        data = _checked(bundle, path, lambda: jsontext.decode(data, path)).encode()
    lines = list(log.lines_of(data))
    waiting = dict(kept)
    for line in lines:
        fault = line.fault
        if line.event is not None:
            try:
                seen.state.fold(line.event, line.end, _CONTRACT.views)
            except PatchError as error:
                fault = str(error)
            else:
                _require_known_format(bundle, path, line.event)
                seen.hashes.add(line.event.hash)
                if (snapshot := waiting.pop(line.event.hash, None)) is not None:
                    _compare(bundle, snapshot, seen.state)
                continue
        if seen.complete or line is not lines[-1]:
            raise refused(bundle.origin, path, f"line {line.number}: {fault}")
    if seen.state.head is None or CAMPAIGN not in seen.state.trees:
        raise refused(bundle.origin, path, "there is no campaign in it")
    for snapshot in waiting.values():
        reason = f"the snapshot of event {snapshot.seq} is of an event that the log does not have"
        raise refused(bundle.origin, path, reason)
    text = data[: seen.state.head.offset]
    seen.text = text if text.endswith(b"\n") else text.rstrip(b"\0") + b"\n"


def _require_known_format(bundle: Bundle, path: str, event: log.Event) -> None:
    version = event.data.get("format", log.FORMAT) if event.seq == 1 else log.FORMAT
    if not isinstance(version, int) or version > log.FORMAT:
        raise newer_format(bundle.origin / path, version, log.FORMAT)


def _compare(bundle: Bundle, snapshot: Snapshot, state: State) -> None:
    """Refuse a snapshot that says something else than the log: opening would believe it."""
    head = state.head
    assert head is not None
    told = (snapshot.seq, snapshot.at, snapshot.turn, snapshot.played, snapshot.offset, dict(snapshot.views))
    trees = {key: _bare(key, tree) for key, tree in snapshot.documents.items()}
    revisions = {key: tree.get(REVISION) for key, tree in snapshot.documents.items()}
    known = {key: _bare(key, tree) for key, tree in state.trees.items()}
    if (
        told != (head.seq, head.at, head.turn, head.played, head.offset, state.views)
        or revisions != state.revisions
        or not same(trees, known)
    ):
        name = f"{layout.SNAPSHOTS}/{head.seq:09d}-{head.hash[:8]}.json"
        raise refused(bundle.origin, name, "it is not what the log says")


def _bare(key: str, tree: jsontext.Tree) -> jsontext.Tree:
    """Return a document without its revision, with what follows from the log at its defaults."""
    return {name: value for name, value in tree.items() if name != REVISION} | _CONTRACT.derived(key, None)


def _of_folder(bundle: Bundle) -> Seen:
    """Look at a campaign's folder that somebody has copied."""
    if layout.LOG not in bundle.entries:
        reason = "there is neither a manifest.json nor a log.jsonl in it"
        hint = "Give a bundle, or the folder of a campaign: campaign_…"
        raise BadBundle(reason, path=bundle.origin, hint=hint)
    state = State()
    placeholder = BundleInfo(
        campaign_id="unknown", folder=bundle.origin.name, title="", head=BundleHead(seq=0, hash="0" * 32)
    )
    seen = Seen(placeholder, False, {_place(path): path for path in bundle.entries}, state)
    _replay(bundle, seen, layout.LOG, {})
    for path in bundle.entries:
        if path.startswith(f"{layout.BRANCHES}/"):
            seen.hashes |= _hashes(bundle.read(path))
    assert state.head is not None
    tree = state.trees[CAMPAIGN]
    campaign_id, name = str(tree.get("campaign_id")), bundle.origin.name
    sound = name.startswith(layout.CAMPAIGN_PREFIX) and bundlenames.fault_of(name) is None
    about = {
        "campaign_id": campaign_id,
        "folder": name if sound and " " not in name else campaign_id,
        "title": str(tree.get("title", campaign_id)),
        "head": {"seq": state.head.seq, "hash": state.head.hash},
    }
    seen.info = _checked(bundle, layout.LOG, lambda: validated(BundleInfo, about, bundle.origin))
    return seen


def _place(path: str) -> str:
    """Return where a file of a campaign goes: a document's name from an older tree gets its portable form."""
    key = layout.document_key(path)
    return path if key is None or not _CONTRACT.is_document(key) else layout.document_path(key)
