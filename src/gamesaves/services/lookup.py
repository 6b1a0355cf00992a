"""Finding a thing by what a person calls it."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from gamesaves.errors import Ambiguous, InvalidName, NotFound
from gamesaves.ids import slug
from gamesaves.rules.slots import same_name

_SHOWN = 8


def look_up(kind: str, name: str, names: Mapping[str, str]) -> str:
    """Return the id that `name` means: exactly, then normalised, then by the name people see.

    Args:
        kind: what is looked for, for the message: `preset`, `campaign`.
        names: id → the name people see.

    Raises:
        NotFound: nothing fits; the error has the nearest ids.
        Ambiguous: several fit equally well.
    """
    if name in names:
        return name
    for matches in (_normalised(name, names), _by_name(name, names)):
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise Ambiguous(kind, name, sorted(matches))
    raise NotFound(kind, name, nearest=nearest(name, names))


def look_up_called(kind: str, name: str, names: Mapping[str, str]) -> str:
    """Return the id that `name` means where players give the names: first by the very name, then as `look_up`.

    Raises:
        NotFound: nothing fits; the error has the nearest ids.
        Ambiguous: several fit equally well, or it is the id of one and the name of another.
    """
    called = [one for one, shown in names.items() if same_name(shown, name)]
    if called and name not in names:
        if len(called) > 1:
            # Copies that were joined may each have had one of this name.
            raise Ambiguous(kind, name, called)
        return called[0]
    found = look_up(kind, name, names)
    fitting = called or _by_name(name, names)
    if fitting and found not in fitting:
        ambiguous = Ambiguous(kind, name, [found, *fitting])
        ambiguous.hint = f"Say {names[found]!r} for {found}; of the others say the ids."
        raise ambiguous
    return found


def missing(kind: str, name: str, names: Iterable[str], *, path: Path | None = None) -> NotFound:
    """Return the error for what is not there, with the nearest of the names that are, or else with some of them."""
    there = sorted(names)
    error = NotFound(kind, name, nearest=nearest(name, {one: one for one in there}), path=path)
    if not error.nearest:
        error.hint = f"There is: {', '.join(there[:_SHOWN])}." if there else "There is none."
    return error


def folded(text: str) -> str:
    """Return a name as names are compared: without case, accents and punctuation; empty for what is no name."""
    try:
        return slug(text)
    except InvalidName:
        return ""


def _short(identifier: str) -> str:
    return identifier.rpartition(":")[2]


def _normalised(name: str, names: Mapping[str, str]) -> list[str]:
    wanted = folded(name)
    if not wanted:
        return []
    return [one for one in names if wanted in (folded(one), _short(one))]


def _by_name(name: str, names: Mapping[str, str]) -> list[str]:
    wanted = folded(name)
    return [one for one, shown in names.items() if wanted and folded(shown) == wanted]


def nearest(name: str, names: Mapping[str, str]) -> list[str]:
    """Return up to three ids whose id or name looks like `name`, the nearest first."""
    spellings: dict[str, str] = {}
    for one, shown in names.items():
        for spelling in (one.lower(), _short(one), shown.lower()):
            spellings.setdefault(spelling, one)
    wanted = name.lower()
    close = get_close_matches(wanted, spellings, n=6, cutoff=0.6)
    close += [spelling for spelling in spellings if len(wanted) >= 3 and wanted in spelling]
    return list(dict.fromkeys(spellings[spelling] for spelling in close))[:3]
