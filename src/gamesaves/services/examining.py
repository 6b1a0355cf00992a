"""Looking at all that is in a bundle before anything of it is written: every entry is read, and has to be what it is.

A campaign's folder that was copied by hand has no manifest: of it only the log has to be sound, and all else is what
opening a campaign copes with anyway.
"""

from dataclasses import dataclass, field
from pathlib import Path

from gamesaves.disk import bundlenames, jsontext, layout
from gamesaves.disk.manifests import Bundle, refused
from gamesaves.disk.pictures import picture_kind
from gamesaves.disk.snapshots import Snapshot
from gamesaves.documents import BundleHead, BundleInfo, CharacterProfile
from gamesaves.errors import BadBundle, InvalidDocument
from gamesaves.ids import id_of_stem
from gamesaves.services.contracts import CAMPAIGN, CampaignContract
from gamesaves.services.exporting import PICTURE_PATH, PROFILES_FOLDER
from gamesaves.services.profilefiles import profile_in
from gamesaves.services.replaying import LedgerKind, SeenLedger, checked, look_at, look_at_branch, read, replay
from gamesaves.services.seenworlds import SeenUniverse
from gamesaves.services.validation import validated

_KIND = LedgerKind(CAMPAIGN, CampaignContract())


@dataclass(slots=True, kw_only=True)
class Seen(SeenLedger):
    """What a bundle has in it: a campaign, and what belongs to it.

    Attributes:
        complete: whether it was made by an export, with profiles and pictures.
        universe: the world that the campaign plays in, if it came along.
        profiles: by id.
        pictures: paths, as profiles refer to them.
    """

    info: BundleInfo
    complete: bool
    universe: SeenUniverse | None = None
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
    world = None if info.universe is None else SeenUniverse(info=info.universe)
    seen = Seen(info=info, complete=True, universe=world)
    kept: dict[str, Snapshot] = {}
    for path in sorted(bundle.entries):
        if world is None or not world.look_at(bundle, path):
            _look_at(bundle, path, seen, kept)
    replay(bundle, f"{info.folder}/{layout.LOG}", kept, seen, _KIND, whole=True)
    head = seen.state.head
    assert head is not None
    if (head.seq, head.hash) != (info.head.seq, info.head.hash):
        reason = f"its newest event is {head.seq}-{head.hash[:8]}, not the one that the manifest names"
        raise refused(bundle.origin, f"{info.folder}/{layout.LOG}", reason)
    inside = seen.state.trees[CAMPAIGN].get("campaign_id")
    if inside != info.campaign_id:
        reason = f"it is of the campaign {inside!r}, not of the one that the manifest names"
        raise refused(bundle.origin, f"{info.folder}/{layout.LOG}", reason)
    if world is not None:
        world.replay(bundle, seen.state.trees[CAMPAIGN].get("universe_id"))
    return seen


def _look_at(bundle: Bundle, path: str, seen: Seen, kept: dict[str, Snapshot]) -> None:
    """Read one entry and see that it is what its place asks for."""
    first, _, rest = path.partition("/")
    if first == seen.info.folder and rest:
        snapshot = look_at(bundle, path, rest, seen, _KIND)
        if snapshot is not None:
            kept[snapshot.hash] = snapshot
    elif first == PROFILES_FOLDER and (profile_id := _profile_id(rest)) is not None:
        data = read(bundle, path)
        seen.profiles[profile_id] = checked(bundle, path, lambda: profile_in(data, Path(path), profile_id))
    elif PICTURE_PATH.fullmatch(path):
        data = read(bundle, path)
        checked(bundle, path, lambda: picture_kind(data, path))
        seen.pictures.append(path)
    else:
        raise refused(bundle.origin, path, "a campaign has no place for it")


def _profile_id(name: str) -> str | None:
    stem = name.removesuffix(layout.DOCUMENT_SUFFIX)
    return id_of_stem(stem) if stem != name and "/" not in name and ":" not in name else None


def _of_folder(bundle: Bundle) -> Seen:
    """Look at a campaign's folder that somebody has copied."""
    if layout.LOG not in bundle.entries:
        reason = "there is neither a manifest.json nor a log.jsonl in it"
        hint = "Give a bundle, or the folder of a campaign: campaign_…"
        raise BadBundle(reason, path=bundle.origin, hint=hint)
    placeholder = BundleInfo(
        campaign_id="unknown", folder=bundle.origin.name, title="", head=BundleHead(seq=0, hash="0" * 32)
    )
    seen = Seen(info=placeholder, complete=False, files={_place(path): path for path in bundle.entries})
    replay(bundle, layout.LOG, {}, seen, _KIND, whole=False)
    for path in bundle.entries:
        if path.startswith(f"{layout.BRANCHES}/"):
            look_at_branch(bundle, path, bundle.read(path), seen, _KIND)
    state = seen.state
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
    seen.info = checked(bundle, layout.LOG, lambda: validated(BundleInfo, about, bundle.origin))
    return seen


def _place(path: str) -> str:
    """Return where a file of a campaign goes: a document's name from an older tree gets its portable form."""
    key = layout.document_key(path)
    return path if key is None or not _KIND.contract.is_document(key) else layout.document_path(key)
