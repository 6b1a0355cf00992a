"""The documents of an open campaign as models: lent by one of each that follows the document."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.disk.state import end_of
from gamesaves.documents import lending
from gamesaves.documents.base import Document
from gamesaves.documents.lending import Lender

Kind = TypeVar("Kind", bound=Document)


class Models:
    """The library's own documents in a ledger, each made once and kept as its document goes on."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lenders: dict[str, Lender[Any]] = {}

    def lend(self, key: str, make: Callable[[Tree], Kind]) -> Kind:
        """Return a document as a model to change, or to seal.

        Args:
            make: makes the model of its tree; the same one for each document every time.

        Raises:
            NotFound: there is no such document.
            pydantic.ValidationError: it does not fit its model.
        """
        tree = self._ledger.tree(key)
        lender: Lender[Kind] | None = self._lenders.get(key)
        if lender is not None and lender.tree is not tree:
            lender = lending.followed(lender, tree)
        if lender is None:
            lender = Lender(make(tree), tree)
        self._lenders[key] = lender
        return lending.lend(lender)


class Loaded(Mapping[str, Kind], Generic[Kind]):
    """The documents of one folder as sealed models, each made when it is asked for.

    Args:
        make: makes the model of a document, by its key.
        view: of the log, from which what is made follows, too.
    """

    def __init__(self, ledger: Ledger, folder: str, make: Callable[[str], Kind], view: str | None = None) -> None:
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
        end = None if self._view is None else end_of(self._ledger.state, self._view)
        if made is None or made[0] is not tree or made[1] != end:
            model = self._make(key)
            model.seal()
            made = self._made[key] = (tree, end, model)
        return made[2]

    def __iter__(self) -> Iterator[str]:
        return (key.removeprefix(self._folder) for key in self._ledger.keys(self._folder))

    def __len__(self) -> int:
        return len(self._ledger.keys(self._folder))
