"""Pictures: each stored once, shared by everybody who shows it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gamesaves.disk import files, folders
from gamesaves.disk.pictures import store_picture
from gamesaves.errors import InvalidDocument, NotAPicture, Problem
from gamesaves.ids import slug
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context

if TYPE_CHECKING:
    from gamesaves.services.profilefiles import ProfileSummary

FOLDER = "images"


@dataclass(frozen=True, slots=True)
class Image:
    """A stored picture.

    Attributes:
        path: relative to the store, as profiles refer to it.
        size: in bytes.
        used_by: the ids of the profiles that show it, and of the campaigns with a save that does.
    """

    path: str
    file: Path
    size: int
    used_by: tuple[str, ...]


def store_image(context: Context, picture: bytes | Path, stem: str | None = None) -> str:
    """Store a picture; see `Images.add`."""
    if not isinstance(picture, bytes | Path):
        text = f"a picture is its bytes, or the Path of its file, not {type(picture).__name__}"
        raise NotAPicture(text, hint="Give `path.read_bytes()` or `Path(…)`.")
    origin = picture if isinstance(picture, Path) else context.places.images
    data = files.read(picture) if isinstance(picture, Path) else picture
    if stem is None:
        stem = slug(picture.stem) if isinstance(picture, Path) else "picture"
    context.require_store()
    with context.global_lock.held(LOCK_PATIENCE_SECONDS):
        return f"{FOLDER}/{store_picture(context.places.images, data, stem, origin)}"


class Images:
    """The pictures of a store.

    Args:
        profiles: lists the profiles, who refer to pictures.
        thumbnails: tells the pictures that saves show, each with whose they are, and which saves cannot be read.
    """

    def __init__(
        self,
        context: Context,
        profiles: "Callable[[], list[ProfileSummary]]",
        thumbnails: "Callable[[], tuple[Mapping[str, Sequence[str]], Sequence[Problem]]]",
    ) -> None:
        self._context = context
        self._profiles = profiles
        self._thumbnails = thumbnails

    def add(self, picture: bytes | Path, *, stem: str | None = None) -> str:
        """Store a picture, unless it is there already; return its path, relative to the store.

        Args:
            picture: its bytes, or the file it is in.
            stem: what its name begins with; else the name of the file.

        Raises:
            NotAPicture: it is no PNG, JPEG, GIF or WebP.
        """
        return store_image(self._context, picture, stem)

    def prune(self, *, dry_run: bool = False) -> list[Image]:
        """Set aside the pictures that no profile and no save shows; return them.

        Args:
            dry_run: only say which they are.

        Raises:
            InvalidDocument: a profile, or a campaign's saves, cannot be read, so nobody knows what they show.
        """
        unused = self._unused()
        if unused and not dry_run:
            self._context.require_store()
            with self._context.global_lock.held(LOCK_PATIENCE_SECONDS):
                # Somebody may have begun to show one of them.
                unused = self._unused()
                for image in unused:
                    reason = "no profile and no save shows the picture"
                    self._context.recovered.keep(
                        image.file, at=self._context.stamp(), reason=reason, verb="image prune"
                    )
        return unused

    def _unused(self) -> list[Image]:
        self.require_known()
        return [image for image in self.list() if not image.used_by]

    def require_known(self) -> None:
        """Make sure that it is known of every picture who shows it.

        Raises:
            InvalidDocument: a profile, or a campaign's saves, cannot be read.
        """
        for profile in self._profiles():
            if profile.problem is not None:
                raise InvalidDocument(
                    f"which pictures it shows is not known: {profile.problem.message}",
                    path=profile.path,
                    hint="Mend this profile first, so that no picture of it is set aside.",
                )
        for unread in self._thumbnails()[1]:
            raise InvalidDocument(
                f"which pictures its saves show is not known: {unread.message}",
                path=unread.path,
                hint="Mend this campaign first, so that no picture of it is set aside.",
            )

    def list(self) -> list[Image]:
        """Return the pictures, and who shows each."""
        users = {path: list(campaigns) for path, campaigns in self._thumbnails()[0].items()}
        for profile in self._profiles():
            for path in {profile.portrait_path, *profile.additional_images} - {None}:
                users.setdefault(str(path), []).append(profile.character_id)
        found = []
        for entry in folders.entries(self._context.places.images):
            signature = files.signature(entry.path)
            if not entry.is_folder and not entry.name.startswith(".") and signature is not None:
                path = f"{FOLDER}/{entry.name}"
                found.append(Image(path, entry.path, signature.size, tuple(users.get(path, ()))))
        return found
