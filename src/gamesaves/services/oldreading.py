"""Reading a whole tree of an older version: who is in it, and which campaigns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gamesaves.rules.adoption.naming import Cast
from gamesaves.rules.adoption.people import HIT_POINTS, newest
from gamesaves.rules.adoption.places import CAMPAIGN_FILE, LOG, PROFILES, folder_of, name_of
from gamesaves.services.oldcampaigns import OldCampaign, characters_of, new_id, settle_characters, uses
from gamesaves.services.oldpeople import OldPeople, Person, Record, layers_of, learned
from gamesaves.services.oldtrees import OldTree, Report


@dataclass(slots=True)
class Understood:
    """A tree of an older version that has been read.

    Attributes:
        old: its campaigns without a log.
        logged: the folders of those that have one.
        people: by id.
        report: of what is neither a campaign's nor a person's.
    """

    tree: OldTree
    old: list[OldCampaign] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    cast: Cast = field(default_factory=Cast)
    report: Report = field(default_factory=Report)


def understood(tree: OldTree, stored: Mapping[str, str]) -> Understood:
    """Read a tree; nothing is written.

    Args:
        stored: the pictures that the store has, by their digests.
    """
    found = Understood(tree)
    for path, reason in tree.foreign.passed_over.items():
        found.report.warn("passed_over", path, f"{reason}; nothing of it is taken in")
    for path, reason in tree.foreign.unread.items():
        found.report.fail("unread", path, f"it is not taken in: {reason}")
    _find_campaigns(found)
    profiles, layers = _records(found)
    copies: dict[str, list[Record]] = {}
    for campaign in found.old:
        characters = learned(found.cast, characters_of(tree, campaign))
        settle_characters(campaign, characters)
        for character_id, record in campaign.characters.items():
            copies.setdefault(character_id, []).append(record)
    users = {
        character_id: tuple(
            one.folder
            for one in found.old
            if uses(one, character_id, _standing(several), found.cast, alone=len(found.old) == 1)
        )
        for character_id, several in layers.items()
    }
    taken_apart = layers_of(layers, users, found.report)
    for campaign in found.old:
        campaign.layers = {one: layer for one, layer in taken_apart.items() if campaign.folder in layer.users}
    people = OldPeople(tree, profiles, taken_apart, copies, stored)
    for character_id in sorted({*profiles, *taken_apart, *copies}):
        report = Report()
        person = people.person(character_id, report)
        if person is None:
            found.report.extend(report)
        else:
            found.people[character_id] = person
    _tell_left(found)
    return found


def _find_campaigns(found: Understood) -> None:
    tree, taken = found.tree, set[str]()
    for folder, paths in tree.places.campaigns.items():
        log = f"{folder}/{LOG}" if folder else LOG
        if log in paths and tree.foreign.files[log].size:
            found.logged.append(folder)
            continue
        report = Report()
        path = f"{folder}/{CAMPAIGN_FILE}" if folder else CAMPAIGN_FILE
        data = tree.document(path, f"{name_of(folder)}/{CAMPAIGN_FILE}", report) if path in paths else None
        campaign_id = new_id(tree, folder, data or {}, taken)
        taken.add(campaign_id)
        found.old.append(OldCampaign(folder, campaign_id, paths, data or {}, report))


def _records(found: Understood) -> tuple[dict[str, list[Record]], dict[str, list[Record]]]:
    """Return the profiles, and the documents of one layer, by the ids of the characters."""
    profiles: list[Record] = []
    layers: list[Record] = []
    places = found.tree.places
    for path in (*places.profiles, *places.characters):
        tree = found.tree.document(path, f"{PROFILES}/{name_of(path)}", found.report)
        if tree is not None:
            is_profile = path in places.profiles and HIT_POINTS not in tree
            (profiles if is_profile else layers).append(Record(path, tree))
    return learned(found.cast, profiles), learned(found.cast, layers)


def _standing(several: list[Record]) -> Record:
    return several[newest([one.tree for one in several])]


def _tell_left(found: Understood) -> None:
    """Tell what is left where it is, a folder at a time."""
    places = found.tree.places
    shown = {path for person in found.people.values() for path in person.pictures.values()}
    own = {path for paths in places.campaigns.values() for path in paths}
    left = [*places.others, *(path for path in places.pictures if path not in shown and path not in own)]
    by_folder: dict[str, list[str]] = {}
    for path in sorted(left):
        by_folder.setdefault(folder_of(path), []).append(name_of(path))
    for folder, names in by_folder.items():
        shown_names = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        text = f"left where it is, because no campaign and no character needs it: {shown_names}"
        found.report.note("left", folder or ".", text)
