"""The documents of an open campaign as sealed models."""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

from pydantic_core import to_jsonable_python

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.documents.base import Document

Kind = TypeVar("Kind", bound=Document)


class Loaded(Mapping[str, Kind], Generic[Kind]):
    """The documents of one folder as sealed models, each made when it is asked for."""

    def __init__(self, ledger: Ledger, folder: str, make: Callable[[Tree], Kind]) -> None:
        self._ledger = ledger
        self._folder = folder
        self._make = make
        self._made: dict[str, tuple[Tree, Kind]] = {}

    def __getitem__(self, identifier: str) -> Kind:
        key = self._folder + identifier
        tree = self._ledger.state.trees.get(key)
        if tree is None:
            raise KeyError(identifier)
        made = self._made.get(key)
        if made is None or made[0] is not tree:
            # A copy: of a value whose shape belongs to the game a model keeps the very object.
            model = self._make(to_jsonable_python(self._ledger.tree(key)))
            model.seal()
            made = self._made[key] = (tree, model)
        return made[1]

    def __iter__(self) -> Iterator[str]:
        return (key.removeprefix(self._folder) for key in self._ledger.keys(self._folder))

    def __len__(self) -> int:
        return len(self._ledger.keys(self._folder))
