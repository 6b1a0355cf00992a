"""Every path in a store."""

import os
import platform
from functools import cached_property
from pathlib import Path

from gamesaves.disk import files
from gamesaves.errors import OutsideStore
from gamesaves.ids import file_stem, id_of_stem, is_id, slug

STORE_FILE = "store.json"
INTERNAL = ".saves"
BACKUP_KIND = "gamesaves backup"
BACKUP_FILE = "backup.json"
"""What makes a folder a backup, which is not to be played: its files may be those of other backups, too."""
CAMPAIGN_PREFIX = "campaign_"
LOG = "log.jsonl"
SNAPSHOTS = "snapshots"
BRANCHES = "branches"
ENCOUNTERS = "encounters"
DOCUMENT_SUFFIX = ".json"


class Layout:
    """The paths of one store.

    Args:
        root: the store's folder.
        host: the name of this machine, for what only this machine keeps.
    """

    def __init__(self, root: Path, host: str | None = None) -> None:
        self.root = root
        self.host = host_name() if host is None else host

    @cached_property
    def store_file(self) -> Path:
        """The file that makes a folder a store."""
        return self.root / STORE_FILE

    @cached_property
    def readme(self) -> Path:
        """A screenful for whoever opens the folder."""
        return self.root / "README.txt"

    @cached_property
    def profiles(self) -> Path:
        """Who the characters are."""
        return self.root / "character_profiles"

    @cached_property
    def images(self) -> Path:
        """Each picture once."""
        return self.root / "images"

    @cached_property
    def presets(self) -> Path:
        """The user's own presets."""
        return self.root / "presets"

    @cached_property
    def universes(self) -> Path:
        """The worlds."""
        return self.root / "universes"

    def universe(self, universe_id: str) -> Path:
        """The folder of a universe."""
        return self.universes / file_stem(universe_id)

    @cached_property
    def players(self) -> Path:
        """Who plays."""
        return self.root / "players"

    @cached_property
    def archive(self) -> Path:
        """Campaigns that are put away, each as a bundle."""
        return self.root / "archive"

    def campaign(self, campaign_id: str) -> Path:
        """The folder of a campaign."""
        return self.root / campaign_id

    @cached_property
    def _internal(self) -> Path:
        return self.root / INTERNAL

    @cached_property
    def staging(self) -> Path:
        """Where folders are put together before they appear, whole, in their place."""
        return self._internal / "staging"

    def lock(self, name: str) -> Path:
        """The lock file of a campaign, a universe, or of what all of the store shares."""
        return self._internal.joinpath("locks", f"{name}.lock")

    @cached_property
    def heads(self) -> Path:
        """What this machine has seen of each ledger."""
        return self._internal.joinpath(self.host, "heads")

    @cached_property
    def index(self) -> Path:
        """What can be built again at any time."""
        return self._internal.joinpath(self.host, "index")

    @cached_property
    def recovered(self) -> Path:
        """What was set aside."""
        return self._internal.joinpath(self.host, "recovered")

    def is_inside(self, path: Path) -> bool:
        """Whether a path lies in the store once links are resolved, there or not."""
        return _is_below(os.path.realpath(path), os.path.realpath(self.root))

    def require_inside(self, path: Path) -> Path:
        """Return `path`; raise `OutsideStore` where it leaves the store once links are resolved."""
        try:
            resolved, root = os.path.realpath(path), os.path.realpath(self.root)
        except OSError as error:  # pragma: no cover - Windows only, where a path may be too long to be looked at
            files.refuse(error, path, "look at")
        if not _is_below(resolved, root):
            raise OutsideStore(
                f"it leads to {resolved}, outside the store", path=path, hint="Put the file itself there, not a link."
            )
        return path


def _is_below(path: str, root: str) -> bool:
    path, root = os.path.normcase(path), os.path.normcase(root)
    return path == root or path.startswith(os.path.join(root, ""))


def host_name() -> str:
    """Return the name of this machine as a folder name."""
    return slug(platform.node() or "localhost")


def is_document_key(key: str) -> bool:
    """Whether `key` can name a document: ids with slashes between them, so that its file lies inside the ledger."""
    return all(map(is_id, key.split("/")))


def document_path(key: str) -> str:
    """Return the path of a document inside its ledger: `characters/pc:kara` → `characters/pc.kara.json`."""
    return "/".join(map(file_stem, key.split("/"))) + DOCUMENT_SUFFIX


def document_key(path: str) -> str | None:
    """Return the document that a path inside a ledger stands for; None where the name is no id."""
    if not path.endswith(DOCUMENT_SUFFIX):
        return None
    steps = [id_of_stem(step) for step in path.removesuffix(DOCUMENT_SUFFIX).split("/")]
    return None if None in steps else "/".join(step for step in steps if step is not None)
