"""The saves of a campaign, for looking at: by id, the newest first."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from pydantic_core import to_jsonable_python

from gamesaves.disk import files, jsontext, layout
from gamesaves.disk.chain import Chain, is_newer, newer_format
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.state import VERSION, located
from gamesaves.documents import Slot, Slots
from gamesaves.errors import InvalidDocument, NotFound, Problem, SavesError
from gamesaves.rules.rewinding import SLOTS
from gamesaves.services.contracts import CampaignContract
from gamesaves.services.lookup import look_up_called

COUNTED = ("quick", "auto")
"""The kinds of slots of which the newest can be asked for by the name of the kind."""


class SavedSlots(Mapping[str, Slot]):
    """The saves of a campaign by their ids, the newest first.

    Attributes:
        problems: why they are not from the file they should be from.
    """

    def __init__(self, tree: Tree | None, problems: tuple[Problem, ...] = ()) -> None:
        found = Slots.model_validate(to_jsonable_python(tree or {})).slots
        self._slots = dict(sorted(found.items(), key=lambda one: (one[1].seq, one[1].saved_at), reverse=True))
        self.problems = problems

    def __getitem__(self, slot_id: str) -> Slot:
        return self._slots[slot_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._slots)

    def __len__(self) -> int:
        return len(self._slots)

    def id_of(self, name: str) -> str:
        """Return the slot that a name means: `quick` and `auto` for the newest of these, its id, or its name.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, is called that, also if it is one's id and another's name.
        """
        if name in COUNTED and name not in self and any(slot.kind == name for slot in self._slots.values()):
            return self.newest(name)
        if name in self and self[name].kind in COUNTED:
            return name
        return look_up_called("slot", name, {slot_id: slot.name for slot_id, slot in self._slots.items()})

    def newest(self, kind: str) -> str:
        """Return the newest slot of a kind.

        Raises:
            NotFound: there is none.
        """
        found = next((slot_id for slot_id, slot in self._slots.items() if slot.kind == kind), None)
        if found is None:
            raise NotFound("slot", kind)
        return found


def slots_in(folder: Path) -> SavedSlots:
    """Read the saves of a campaign that need not be open: one file, and the log only where that one cannot be used.

    Raises:
        Damaged: the log cannot be read either.
    """
    path = folder / layout.document_path(SLOTS)
    try:
        data = files.read_if_there(path)
        if data is not None:
            return SavedSlots(_usable(data, path))
    except SavesError as error:
        return SavedSlots(_from_log(folder), (error.as_problem("warning"),))
    # Most campaigns that have no such file have no saves; a crash may have come before it was written.
    tree = _from_log(folder)
    text = "it is not there; the log has it"
    missing = Problem("warning", "document_missing", str(path), text)
    return SavedSlots(tree, () if tree is None else (missing,))


def thumbnails(
    names: Iterable[str], slots_of: Callable[[str], SavedSlots]
) -> tuple[dict[str, list[str]], list[Problem]]:
    """Return the pictures that saves show, each with the campaigns they are of, and which saves cannot be read."""
    shown: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for name in names:
        try:
            paths = {slot.thumbnail for slot in slots_of(name).values() if slot.thumbnail is not None}
        except SavesError as error:
            problems.append(error.as_problem())
            continue
        for path in paths:
            shown.setdefault(path, []).append(name)
    return shown, problems


def _usable(data: bytes, path: Path) -> Tree:
    contract = CampaignContract()
    tree = jsontext.parse(data, path)
    if is_newer(contract, SLOTS, tree):
        raise newer_format(path, tree[VERSION], contract.newest_version(SLOTS))
    if faults := contract.faults(SLOTS, tree):
        hint = "Open the campaign: the edit is kept aside, and the last good state is used."
        mistakes = located(faults, lambda wanted: jsontext.places(data, wanted, path))
        raise InvalidDocument.of(mistakes, path, hint=hint)
    return contract.migrate(SLOTS, tree)


def _from_log(folder: Path) -> Tree | None:
    return Chain(folder, CampaignContract()).read().state.trees.get(SLOTS)
