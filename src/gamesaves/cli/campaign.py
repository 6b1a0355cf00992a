"""`saves campaign …`: stories, each with a folder of its own."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import asking, completing, copies, finding, listing, moving
from gamesaves.cli.base import Group, Settings
from gamesaves.cli.output import Answer, terminal_width
from gamesaves.cli.text import Line, Piece, counted

if TYPE_CHECKING:
    from gamesaves.services.presets import Presets
    from gamesaves.store import SaveStore

NAMED = click.argument("name", metavar="CAMPAIGN", shell_complete=completing.campaigns)


@click.group(cls=Group)
def campaign() -> None:
    """Stories: what happened to whom. CAMPAIGN is an id, a folder's name or a title."""


campaign.add_command(listing.list_)
campaign.add_command(copies.fork)
campaign.add_command(copies.compare)
campaign.add_command(copies.merge)
campaign.add_command(moving.archive)
campaign.add_command(moving.unarchive)


@campaign.command(example='saves campaign create "The Lost Mine" --preset kara_stormwind --preset zombie="Old Tom"')
@click.argument("title")
@click.option(
    "--preset",
    "presets",
    metavar="ID[=NAME]",
    multiple=True,
    shell_complete=completing.presets,
    help="A new character, with a name of its own where one is given; can be given again.",
)
@click.option(
    "--profile",
    "profiles",
    metavar="ID",
    multiple=True,
    shell_complete=completing.profiles,
    help="A character that there is already; can be given again.",
)
@click.option("--description", metavar="TEXT", help="What it is about, in a sentence or two.")
@click.option("--universe", shell_complete=completing.universes, help="The world it plays in: an id or a title.")
@click.option("--player", shell_complete=completing.players, help="Whose campaign it is.")
@click.pass_obj
def create(
    settings: Settings,
    title: str,
    presets: tuple[str, ...],
    profiles: tuple[str, ...],
    description: str | None,
    universe: str | None,
    player: str | None,
) -> Answer:
    """Begin a campaign, with the characters that take part.

    They come from presets, or are profiles that there are already.
    """
    from gamesaves.ids import slug

    slug(title)
    store = finding.new_or_known(settings)
    whose = None if player is None else _player(store, player)
    world = None if universe is None else store.universes.open(universe)
    cast = _cast(store, store.presets if world is None else world.presets, presets, profiles)
    about = {} if description is None else {"description": description}
    world_id = None if world is None else world.id
    with store.campaigns.create(title, characters=cast, universe=world_id, player=whose, **about) as made:
        characters = {one.character_id: one.name for one in made.characters.values()}
        data = {"campaign_id": made.id, "title": made.title, "path": str(made.folder), "characters": list(characters)}
    lines: list[Line] = [["Made ", Piece(title, "bold"), f" with {counted(len(characters), 'character')}."]]
    lines += [["  ", name, "  ", Piece(who, "dim")] for who, name in characters.items()]
    return Answer(data, [*lines, str(made.folder)], brief=[made.id], problems=made.problems)


def _player(store: "SaveStore", name: str) -> str:
    """Return the id of a player, who has to be there."""
    from gamesaves.errors import NotFound

    try:
        return store.players.id_of(name)
    except NotFound as error:
        error.hint = f"{error.hint}\nOr add them first: saves player create {shlex.quote(name)}"
        raise


def _cast(store: "SaveStore", layers: "Presets", presets: Sequence[str], profiles: Sequence[str]) -> list[Any]:
    """Return who takes part; nothing is written before everybody is known."""
    from gamesaves.ids import slug

    wanted = [(preset, name if named else None) for preset, named, name in (one.partition("=") for one in presets)]
    for preset, name in wanted:
        layers.get(preset)
        if name is not None:
            slug(name)
    known = [store.profiles.get(who) for who in profiles]
    drafts = [(layers.draft(preset), name) for preset, name in wanted]
    for draft, name in drafts:
        draft.name = draft.name if name is None else name
    return [*(draft for draft, _ in drafts), *known]


@campaign.command(example='saves campaign show "The Lost Mine"')
@NAMED
@click.pass_obj
def show(settings: Settings, name: str) -> Answer:
    """Show how a campaign stands, in short. Works while somebody plays it."""
    from gamesaves.cli import sheets

    with finding.the_store(settings).campaigns.open(name, read_only=True) as opened:
        data = opened.data
        tree = {
            "campaign_id": opened.id,
            "title": data.title,
            "description": data.description,
            "last_played": sheets.stamp(data),
            "total_turns": data.total_turns,
            "seq": opened.seq,
            "current_scene_id": data.current_scene_id,
            "quests": {quest_id: quest.status for quest_id, quest in data.quests.items()},
            "tags": data.tags,
            "characters": [sheets.sheet(one) for one in opened.characters.values()],
            "path": str(opened.folder),
        }
        lines = [*sheets.glance(opened), "", *sheets.sheets(opened.characters.values(), width=terminal_width())]
        return Answer(tree, lines, problems=opened.problems)


@campaign.command(example='saves campaign load "The Lost Mine" --json')
@NAMED
@click.pass_obj
def load(settings: Settings, name: str) -> Answer:
    """Replay a campaign and print its whole state. Works while somebody plays it, and changes nothing."""
    from gamesaves.cli import sheets

    with finding.the_store(settings).campaigns.open(name, read_only=True) as opened:
        characters = list(opened.characters.values())
        tree = {
            "campaign_id": opened.id,
            "title": opened.title,
            "campaign": opened.data.model_dump(mode="json"),
            "characters": {one.character_id: one.model_dump(mode="json") for one in characters},
            "scenes": {one.scene_id: one.model_dump(mode="json") for one in opened.scenes.values()},
            "seq": opened.seq,
            "replayed_events": opened.replayed_events,
            "read_only": sheets.kept_from(opened),
            "path": str(opened.folder),
        }
        replayed = Piece(f"{counted(opened.replayed_events, 'event')} replayed", "dim")
        lines = [*sheets.glance(opened), "", *sheets.sheets(characters, width=terminal_width()), ""]
        lines += [line for one in characters for line in sheets.details(one)]
        return Answer(tree, [*lines, replayed], problems=opened.problems)


@campaign.command("add-character", example='saves campaign add-character "The Lost Mine" zombie --name "Old Tom"')
@NAMED
@click.argument("who", shell_complete=completing.newcomers)
@click.option("--name", "called", metavar="NAME", help="A name of its own, for a preset's character.")
@click.pass_obj
def add_character(settings: Settings, name: str, who: str, called: str | None) -> Answer:
    """Bring somebody into a campaign.

    WHO is a preset (zombie), or a profile (pc:kara_smith).
    """
    from gamesaves.cli import sheets

    with finding.the_store(settings).campaigns.open(name) as opened:
        one = opened.add_character(who, name=called)
        joined: Line = [Piece(one.name, "bold"), " joins ", opened.title, "  ", Piece(one.character_id, "dim")]
        data = {"campaign_id": opened.id, **sheets.sheet(one)}
    return Answer(data, [joined], [one.character_id], opened.problems)


@campaign.command(example='saves campaign rename "The Lost Mine" "The Lost Mine of Highmere"')
@NAMED
@click.argument("title")
@click.pass_obj
def rename(settings: Settings, name: str, title: str) -> Answer:
    """Give a campaign another title; its id and its folder stay."""
    with finding.the_store(settings).campaigns.open(name) as opened:
        before = opened.title
        opened.rename(title)
        data = {"campaign_id": opened.id, "title": opened.title, "before": before}
    return Answer(data, [[before, " is now ", Piece(title, "bold")]], [opened.id], opened.problems)


@campaign.command(example='saves campaign tag "The Lost Mine" favourite')
@NAMED
@click.argument("tag", metavar="TAG[=VALUE]", required=False)
@click.option("--remove", is_flag=True, help="Take the tag away.")
@click.pass_obj
def tag(settings: Settings, name: str, tag: str | None, remove: bool) -> Answer:
    """Set a tag, to sort campaigns by.

    VALUE is JSON, or else text. Without a tag those that are set are shown.
    """
    from gamesaves.cli import sheets

    if tag is None and remove:
        raise click.UsageError("name the tag to take away")
    with finding.the_store(settings).campaigns.open(name, read_only=tag is None) as opened:
        if tag is not None:
            key, _, value = tag.partition("=")
            opened.tag(key, None if remove else listing.value_of(value) if "=" in tag else True)
        campaign_id, tags = opened.id, opened.data.tags
    shown = sheets.tags_shown(tags) or "none"
    return Answer({"campaign_id": campaign_id, "tags": tags}, [["Tags: ", shown]], [shown], opened.problems)


@campaign.command(example='saves campaign edit "The Lost Mine" kara')
@NAMED
@click.argument("document", shell_complete=completing.characters)
@click.pass_obj
def edit(settings: Settings, name: str, document: str) -> Answer:
    """Edit a document of a campaign in your text editor.

    DOCUMENT is campaign_data, characters/pc:kara_smith, scenes/scene_001, documents/map/level1, or a name: kara. It is
    checked when you close the editor. The edit becomes a part of the history; a game that has the campaign open takes
    it in.
    """
    from gamesaves.cli import editing

    text = finding.the_store(settings).campaigns.edit(name, document)
    data = {"campaign_id": text.folder, "document": text.key}
    return editing.answer(settings, text, [Piece(text.key, "bold"), "  ", text.folder], data, text.key)


@campaign.command(example='saves campaign remove "The Lost Mine" --dry-run')
@NAMED
@asking.DRY_RUN
@click.pass_obj
def remove(settings: Settings, name: str, dry_run: bool) -> Answer:
    """Set a campaign aside. Profiles and pictures stay, and its folder is kept among what was set aside."""
    campaigns = finding.the_store(settings).campaigns
    folder = campaigns.id_of(name)
    found = next(one for one in campaigns.list() if one.path.name == folder)
    if not dry_run:
        asking.confirm(settings, f"Set aside {found.title!r} ({counted(found.total_turns, 'turn')})?")
    kept: Path | None = None if dry_run else campaigns.remove(folder)
    data = {
        "campaign_id": found.campaign_id,
        "title": found.title,
        "path": str(found.path),
        "kept_in": None if kept is None else str(kept),
        "dry_run": dry_run,
    }
    done: Line = ["Would set aside " if dry_run else "Set aside ", Piece(found.title, "bold"), f" ({found.path})"]
    where: list[Line] = [] if kept is None else [["It is kept in ", str(kept)], "To take it back: saves undo"]
    return Answer(data, [done, *where])
