"""Which store is meant: the one named, the game's, the one around, the one there is."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gamesaves.cli.base import Settings

if TYPE_CHECKING:
    from gamesaves.errors import StoreNotFound
    from gamesaves.store import SaveStore

VARIABLE = "SAVES_STORE"


@dataclass(frozen=True)
class Choice:
    """A store and why it is this one.

    Attributes:
        why: in words: `--store`, `the current folder`.
    """

    path: Path
    why: str


def own_folder() -> Path:
    """Return the folder in which gamesaves keeps what is its own on this machine: the list of stores."""
    import platformdirs

    return Path(platformdirs.user_data_dir("gamesaves", False))


def is_store(folder: Path) -> bool:
    """Whether a folder is a store: it says so, or it holds campaigns, as one that was copied without `store.json`."""
    from gamesaves.disk import files, folders, layout
    from gamesaves.errors import SavesError

    try:
        said = files.read_if_there(folder / layout.STORE_FILE)
        if said is not None and b"gamesaves store" in said.replace(b"\0", b""):
            return True
        campaigns = (folder / name for name in folders.names(folder) if name.startswith(layout.CAMPAIGN_PREFIX))
        return any(files.exists(campaign / layout.LOG) for campaign in campaigns)
    except SavesError:
        # One of the folders above the current one that we may not read.
        return False


def choose(settings: Settings) -> Choice:
    """Return the store that is meant, whether it is there or not.

    Raises:
        NotFound: no game is called what `--game` says.
    """
    if settings.store is not None:
        return Choice(Path(settings.store).absolute(), "--store")
    if settings.game is not None:
        return Choice(_of_game(settings.game), "--game")
    if from_variable := os.environ.get(VARIABLE):
        return Choice(Path(from_variable).expanduser().absolute(), VARIABLE)
    around = next((folder for folder in _around() if is_store(folder)), None)
    return _there_is() if around is None else Choice(around, "the current folder")


def _around() -> list[Path]:
    try:
        here = Path.cwd()
    except FileNotFoundError:
        # Somebody has removed the folder that this runs in.
        return []
    return [here, *here.parents]


def _of_game(name: str) -> Path:
    from gamesaves.services import known_stores
    from gamesaves.services.lookup import look_up

    known = {store.game: store.path for store in known_stores.listed(own_folder())}
    return known[look_up("game", name, {game: game for game in known})]


def _there_is() -> Choice:
    from gamesaves.errors import SavesError
    from gamesaves.services import known_stores

    default = Choice(own_folder() / "saves", "the default")
    try:
        known = known_stores.listed(own_folder())
    except SavesError:
        # `saves stores` tells what is wrong with the list; a store that was named needs none.
        return default
    return Choice(known[0].path, "the only known store") if len(known) == 1 else default


def the_store(settings: Settings) -> "SaveStore":
    """Return the store that is meant.

    Raises:
        StoreNotFound: it is not there; the error says how to make one.
    """
    choice = choose(settings)
    if not is_store(choice.path):
        raise _missing(choice)
    return _opened(choice.path)


def new_or_known(settings: Settings) -> "SaveStore":
    """Return the store that is meant, for a command that makes one where there is none yet.

    Raises:
        AlreadyExists: the folder has something else in it.
    """
    return made(choose(settings).path)


def made(path: Path) -> "SaveStore":
    """Return the store in a folder that is new or empty, or a store already.

    Raises:
        AlreadyExists: the folder has something else in it.
    """
    from gamesaves.disk import folders
    from gamesaves.errors import AlreadyExists

    store = _opened(path)
    if not is_store(path) and folders.names(path):
        hint = f"Give a new folder: {path / 'saves'}"
        raise AlreadyExists("there is something else in this folder; it is left alone", path=path, hint=hint)
    return store


def if_there(settings: Settings) -> "SaveStore":
    """Return the store that is meant, for a command that has something to show without one.

    Raises:
        StoreNotFound: it was named, and is not there.
    """
    choice = choose(settings)
    if choice.why in ("--store", VARIABLE) and not is_store(choice.path):
        raise _missing(choice)
    return _opened(choice.path)


def _opened(path: Path) -> "SaveStore":
    from gamesaves.store import SaveStore

    store = SaveStore(path)
    if context := click.get_current_context(silent=True):
        context.call_on_close(store.close)
    return store


def _missing(choice: Choice) -> "StoreNotFound":
    import shlex

    from gamesaves.disk import files
    from gamesaves.errors import StoreNotFound

    if choice.why == "the default":
        hint = "Name one: --store PATH, or --game NAME (saves stores lists them). Or make one: saves init PATH"
        return StoreNotFound("there is no store yet", path=choice.path, hint=hint)
    what = "this is not a store" if files.exists(choice.path) else "there is no such store"
    hint = f"Make one: saves init {shlex.quote(str(choice.path))}"
    return StoreNotFound(f"{what} (from {choice.why})", path=choice.path, hint=hint)
