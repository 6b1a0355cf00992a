"""Which file of an older tree is what, told by where it lies and what it is called."""

from collections.abc import Iterable
from dataclasses import dataclass, field

CAMPAIGN_FILE = "campaign_data.json"
LOG = "log.jsonl"
PROFILES = "character_profiles"
CHARACTERS = "characters"
_PRESETS = "presets"
_UNIVERSES = "universes"
_JSON = ".json"
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp")


@dataclass(slots=True)
class Places:
    """The files of an older tree.

    Attributes:
        campaigns: the files of each, by its folder's path, which is empty where the tree itself is one.
        profiles: of characters, in any folder of that name.
        characters: documents of one layer, outside of campaigns.
        pictures: all of them, those of campaigns included.
        others: what is none of these.
    """

    campaigns: dict[str, list[str]] = field(default_factory=dict)
    profiles: list[str] = field(default_factory=list)
    characters: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether there is nothing of an older version."""
        return not (self.campaigns or self.profiles or self.characters)


def sorted_out(paths: Iterable[str]) -> Places:
    """Tell the files of a tree apart."""
    listed = sorted(paths)
    homes = {folder_of(path) for path in listed if name_of(path) in (CAMPAIGN_FILE, LOG) and not _is_of_world(path)}
    found = Places({home: [] for home in sorted(homes)})
    for path in listed:
        campaign = _campaign_of(path, homes)
        if path.casefold().endswith(_PICTURES):
            found.pictures.append(path)
        steps = path.casefold().split("/")
        above = steps[-2] if len(steps) > 1 else ""
        if path.endswith(_JSON) and above == PROFILES:
            found.profiles.append(path)
        elif campaign is not None:
            found.campaigns[campaign].append(path)
        elif path.endswith(_JSON) and above == CHARACTERS and _PRESETS not in steps:
            found.characters.append(path)
        elif not path.casefold().endswith(_PICTURES):
            found.others.append(path)
    return found


def _is_of_world(path: str) -> bool:
    """Whether a log is that of a universe, which is no campaign."""
    return path.casefold().split("/")[-3:-2] == [_UNIVERSES]


def _campaign_of(path: str, homes: set[str]) -> str | None:
    folder = folder_of(path)
    while folder not in homes:
        if not folder:
            return None
        folder = folder_of(folder)
    return folder


def folder_of(path: str) -> str:
    """Return the path of the folder that a file lies in."""
    return path.rpartition("/")[0]


def name_of(path: str) -> str:
    """Return the last step of a path; those of Windows are read, too."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def stem_of(path: str) -> str:
    """Return the name of a JSON file without its ending."""
    return name_of(path).removesuffix(_JSON)


def meant_by(old: str, pictures: Iterable[str]) -> list[str]:
    """Return the pictures of a tree that a path of an older version can mean: those of that name, the likeliest first.

    More likely is the one that lies in folders of the same names.
    """
    wanted = _steps(old)
    same = [one for one in pictures if wanted and _steps(one)[-1:] == wanted[-1:]]
    return sorted(same, key=lambda one: (-_in_common(_steps(one), wanted), one))


def _steps(path: str) -> list[str]:
    return [step for step in path.replace("\\", "/").casefold().split("/") if step]


def _in_common(one: list[str], other: list[str]) -> int:
    count = 0
    for mine, theirs in zip(reversed(one), reversed(other), strict=False):
        if mine != theirs:
            break
        count += 1
    return count
