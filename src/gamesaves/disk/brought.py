"""What an import has brought: noted before it is put in its place, taken away again, and brought again.

The entry lies among what was set aside. It has nothing but a note while all is in the store; what is taken away lies
beside the note, under the path that it has in the store. Each thing is in one of the two places at any moment, so
whatever is interrupted can be undone, or done again.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from gamesaves.disk import copies, files, folders, jsontext
from gamesaves.disk.layout import CAMPAIGN_PREFIX, SNAPSHOTS
from gamesaves.disk.recovered import BROUGHT, NOTE, UNDO, Recovered, SetAside
from gamesaves.errors import SavesError

IMPORT = "import"


class Bringing:
    """An import under way. Its note grows with what it brings; there is none before it brings something.

    Args:
        source: where it all comes from.
        clock: tells the time, ISO 8601 in UTC.
    """

    def __init__(self, recovered: Recovered, source: Path, clock: Callable[[], str]) -> None:
        self._recovered = recovered
        self._reason = f"it was imported from {source}"
        self._clock = clock
        self._digests: dict[str, str] = {}
        self._place: Path | None = None

    @contextlib.contextmanager
    def adding(self, staging: Path, paths: Iterable[str]) -> Iterator[None]:
        """Note what is about to be put in its place; what is not there in the end, because that failed, is not noted.

        Args:
            paths: relative to the staging folder, and to the store.
        """
        before, coming = self._digests, {path: digest_of(staging / path) for path in paths}
        self._note(before | coming)
        try:
            yield
        except BaseException:
            there = (one for one in coming if files.exists(self._recovered.store / one))
            come = {one: coming[one] for one in there if not files.exists(staging / one)}
            # The first failure is what matters; what is noted and not there does no harm.
            with contextlib.suppress(SavesError):
                self._note(before | come)
            raise

    def _note(self, digests: dict[str, str]) -> None:
        if digests:
            self._place = _begin(self._recovered, digests, IMPORT, self._reason, at=self._clock(), place=self._place)
        elif self._place is not None:
            self._recovered.forget(self._place)
            self._place = None
        self._digests = digests


def digest_of(path: Path, instead: Mapping[str, bytes] = MappingProxyType({})) -> str:
    """Return a hash over a file, or over a folder's files but for snapshots, which follow from the log.

    Args:
        instead: what files of the folder are taken to hold, by their paths inside.
    """
    if not folders.is_folder(path):
        return sha256(files.read(path)).hexdigest()
    total = sha256()
    for entry in sorted(copies.walk(path), key=lambda one: one.path):
        inside = entry.path.relative_to(path).as_posix()
        if inside in instead:
            held = sha256(instead[inside]).hexdigest()
        else:
            # An import makes no links: one that is there now is not read, and changes the hash all the same.
            content = None if entry.is_link else copies.content(entry.path)
            held = "" if content is None else content.sha256
        if not inside.startswith(f"{SNAPSHOTS}/"):
            total.update(f"{inside}\0{held}\n".encode(errors="surrogatepass"))
    return total.hexdigest()


def changed(recovered: Recovered, entry: SetAside) -> dict[str, str]:
    """Return those of the things that an import has brought that are not what they were, each with its hash then."""
    digests = jsontext.parse(files.read(entry.file / NOTE), entry.file / NOTE)[BROUGHT]
    return {path: digests[path] for path in entry.brought if digest_of(recovered.store / path) != digests[path]}


def move(recovered: Recovered, entry: SetAside, paths: Sequence[str], *, at: str) -> Path:
    """Take things that an import has brought out of the store, or bring them again: all of them or none.

    The caller has the locks, and nothing is in the places where they come to.

    Returns:
        The folder of the entry that undoes it; what is taken away lies there.

    Raises:
        FileProblem, NoSpace, FlushFailed: everything is where it was. If even that fails, what was moved can be undone.
    """
    verb, source = (UNDO, recovered.store) if entry.takes_away else (IMPORT, entry.file)
    digests = {path: digest_of(source / path) for path in paths}
    place = _begin(recovered, digests, verb, f"{entry.id} was taken back", at=at)
    target = place if entry.takes_away else recovered.store
    # Who shows something goes before it, and comes after it.
    in_order = sorted(paths, key=list(entry.brought).index, reverse=entry.takes_away)
    try:
        for path in in_order:
            folders.make((target / path).parent)
            files.move(source / path, target / path)
    except SavesError:
        with contextlib.suppress(SavesError):
            for path in in_order:
                if not files.exists(source / path):
                    files.move(target / path, source / path)
            _forget(recovered, place)
        raise
    if not any(files.exists(source / path) for path in entry.brought):
        _forget(recovered, entry.file)
    return place


def _begin(
    recovered: Recovered, digests: Mapping[str, str], verb: str, reason: str, *, at: str, place: Path | None = None
) -> Path:
    home = min(digests, key=lambda one: not one.startswith(CAMPAIGN_PREFIX))
    by_hand = "Or move what lies here to the same places in the store." if verb == UNDO else "It takes all that away."
    more = {BROUGHT: dict(digests)}
    return recovered.begin(IMPORT, ".", home, at=at, reason=reason, verb=verb, by_hand=by_hand, more=more, place=place)


def _forget(recovered: Recovered, place: Path) -> None:
    """Take away an entry that has nothing in it but empty folders; any other stays."""
    with contextlib.suppress(SavesError):
        for name in folders.names(place, folders=True):
            folders.remove_empty(place / name)
        recovered.forget(place)
