"""The documents of an open campaign as sealed models."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from pydantic_core import to_jsonable_python

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.documents.base import Document

Kind = TypeVar("Kind", bound=Document)


class Loaded(Mapping[str, Kind], Generic[Kind]):
    """The documents of one folder as sealed models, each made when it is asked for.

    Args:
        view: of the log, from which what is made follows, too.
    """

    def __init__(self, ledger: Ledger, folder: str, make: Callable[[Tree], Kind], view: str | None = None) -> None:
        self._ledger = ledger
        self._folder = folder
        self._make = make
        self._view = view
        self._made: dict[str, tuple[Tree, str | None, Kind]] = {}

    def __getitem__(self, identifier: str) -> Kind:
        key = self._folder + identifier
        tree = self._ledger.state.trees.get(key)
        if tree is None:
            raise KeyError(identifier)
        made = self._made.get(key)
        last_row = None if self._view is None else self._ledger.state.views.get(self._view)
        if made is None or made[0] is not tree or made[1] != last_row:
            # A copy: of a value whose shape belongs to the game a model keeps the very object.
            model = self._make(to_jsonable_python(self._ledger.tree(key)))
            model.seal()
            made = self._made[key] = (tree, last_row, model)
        return made[2]

    def __iter__(self) -> Iterator[str]:
        return (key.removeprefix(self._folder) for key in self._ledger.keys(self._folder))

    def __len__(self) -> int:
        return len(self._ledger.keys(self._folder))
