"""Verifying a whole store. Looking changes nothing, and one bad thing never stops the rest."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from gamesaves.disk import files, folders
from gamesaves.disk.layout import Layout
from gamesaves.errors import Problem, SavesError
from gamesaves.services.archiving import archive_problems
from gamesaves.services.campaigns import Campaigns
from gamesaves.services.checking.campaign import campaign_problems, universe_problems
from gamesaves.services.checking.shared import (
    image_problems,
    left_over_problems,
    people_problems,
    player_file_problems,
    store_file_problems,
)
from gamesaves.services.checking.surroundings import misnamed_problems, name_problems, space_problems
from gamesaves.services.context import Context, Progress
from gamesaves.services.duplicates import conflict_copies, same_campaigns, same_universes
from gamesaves.services.images import Images
from gamesaves.services.presets import Presets
from gamesaves.services.profiles import Profiles
from gamesaves.services.repairing.kinds import UNIVERSES, ledgers


def check(
    context: Context, campaigns: Campaigns, profiles: Profiles, images: Images, presets: Presets, progress: Progress
) -> list[Problem]:
    """Verify the global layer and every campaign; return what is wrong."""
    tell = progress or (lambda _: None)
    places = context.places
    listed = campaigns.list()
    parts: list[tuple[str | None, Callable[[], Iterable[Problem]]]] = [
        (None, partial(_own_problems, context)),
        ("store.json", partial(store_file_problems, context)),
        (None, partial(left_over_problems, context)),
        ("presets", partial(_preset_problems, presets)),
        ("profiles", partial(people_problems, profiles, context)),
        ("players", partial(player_file_problems, campaigns.players())),
        ("images", partial(image_problems, images)),
        *(
            (None, partial(conflict_copies, one))
            for one in (places.presets, places.profiles, places.players, places.images)
        ),
        *(
            (
                one.path.name,
                _unless_empty(places, one.path, partial(campaign_problems, context, campaigns, one.path.name, tell)),
            )
            for one in listed
        ),
        *(
            (folder.name, _unless_empty(places, folder, partial(universe_problems, context, folder, tell)))
            for kind, folder in ledgers(places)
            if kind is UNIVERSES
        ),
        (None, partial(archive_problems, context, tell)),
        ("copies", partial(same_campaigns, campaigns, listed)),
        (None, partial(same_universes, places)),
        ("names", partial(name_problems, context)),
        (None, partial(misnamed_problems, context)),
        (None, partial(space_problems, context)),
    ]
    problems: list[Problem] = []
    for name, part in parts:
        if name is not None:
            tell(name)
        problems += _guarded(part, name or "")
    return problems


def _unless_empty(
    places: Layout, folder: Path, part: Callable[[], Iterable[Problem]]
) -> Callable[[], Iterable[Problem]]:
    """Return what to verify in a folder; of one that never had a file, as far as is known here, only that."""

    def problems() -> Iterator[Problem]:
        if any(True for _ in folders.sizes(folder)) or files.exists(places.heads / f"{folder.name}.json"):
            yield from part()
        else:
            text = "there is nothing in it; a program that copies folders may have left it"
            yield Problem("note", "empty_folder", str(folder), text, "Delete it.")

    return problems


def _guarded(part: Callable[[], Iterable[Problem]], name: str) -> Iterator[Problem]:
    """Yield the problems that a part finds; that it cannot go on is one more of them."""
    try:
        yield from part()
    except SavesError as error:
        yield error.as_problem()
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # A value that nobody has thought of must not keep the rest of the store from being verified.
        hint = "This is a bug in gamesaves: please report it. Everything else was checked."
        yield Problem("error", "not_checked", name, f"it cannot be checked: {type(error).__name__}: {error}", hint)


def _own_problems(context: Context) -> Iterator[Problem]:
    """Bring up to date what this program has open: documents follow on the log a moment later, and are not missing."""
    for opened in list(context.playing.values()):
        try:
            opened.flush()
        except SavesError as error:
            yield error.as_problem("warning")


def _preset_problems(presets: Presets) -> list[Problem]:
    return [*presets.misnamed(), *(problem for kind in presets.kinds() for problem in presets.problems(kind))]
