"""`saves profile …`: who somebody is, in all campaigns."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import completing, finding
from gamesaves.cli.base import Group, Settings
from gamesaves.cli.output import Answer, terminal_width, warning
from gamesaves.cli.text import Line, Piece, fields, table

if TYPE_CHECKING:
    from gamesaves.documents import CharacterProfile
    from gamesaves.services.profilefiles import ProfileSummary
    from gamesaves.store import SaveStore

NAMED = click.argument("who", shell_complete=completing.profiles)
_SORTS = {"id": "character_id", "name": "name", "class": "character_class"}
_NOT_SHOWN = ("schema_version", "uid", "revision", "previous", "interactions", "starting", "name", "character_id")


@click.group(cls=Group)
def profile() -> None:
    """Characters: who somebody is, in all campaigns. WHO is an id (pc:kara_smith) or a name."""


@profile.command("list", example="saves profile list")
@click.option("--templates", is_flag=True, help="The templates that presets have left, instead.")
@click.option("--sort", type=click.Choice(list(_SORTS)), default="id", show_default=True, help="The order.")
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many.")
@click.pass_obj
def list_(settings: Settings, templates: bool, sort: str, reverse: bool, limit: int | None) -> Answer:
    """List the profiles."""
    listed = finding.the_store(settings).profiles.list(templates=templates)
    listed = sorted(listed, key=lambda one: str(getattr(one, _SORTS[sort])), reverse=reverse)[:limit]
    problems = [one.problem for one in listed if one.problem]
    lines = table(["NAME", "ID", "CLASS", "VOICE", "PORTRAIT"], map(_cells, listed), width=terminal_width())
    shown = lines if listed else ["No profiles."]
    return Answer([_row(one) for one in listed], shown, [one.character_id for one in listed], problems)


def _cells(one: "ProfileSummary") -> list[str]:
    name = Piece(one.name, "red" if one.problem else "bold")
    return [name, one.character_id, one.character_class, one.voice_id or "", one.portrait_path or ""]


def _row(one: "ProfileSummary") -> dict[str, Any]:
    return {
        "character_id": one.character_id,
        "name": one.name,
        "character_class": one.character_class,
        "character_type": one.character_type,
        "voice_id": one.voice_id,
        "portrait_path": one.portrait_path,
        "path": str(one.path),
        "problem": warning(one.problem) if one.problem else None,
    }


def _file(store: "SaveStore", character_id: str) -> str:
    """Return the file of a profile that is there."""
    known = [*store.profiles.list(), *store.profiles.list(templates=True)]
    return next(str(one.path) for one in known if one.character_id == character_id)


@profile.command(example="saves profile show pc:kara_smith")
@NAMED
@click.pass_obj
def show(settings: Settings, who: str) -> Answer:
    """Show who somebody is, and which campaigns they are in."""
    store = finding.the_store(settings)
    shown = store.profiles.get(who)
    inside = {one.campaign_id: one.title for one in store.campaigns.list() if shown.character_id in one.characters}
    portrait = store.root / shown.portrait_path if shown.portrait_path else None
    tree = shown.model_dump(mode="json")
    file = _file(store, shown.character_id)
    data = {
        "character_id": shown.character_id,
        "profile": tree,
        "portrait_file": None if portrait is None else str(portrait),
        "campaigns": list(inside),
        "path": file,
    }
    rows = [(name.replace("_", " "), value) for name, value in tree.items() if name not in _NOT_SHOWN]
    where = [("campaigns", ", ".join(inside.values())), ("file", file)]
    head: Line = [Piece(shown.name, "bold"), "  ", Piece(shown.character_id, "dim")]
    return Answer(data, [head, *fields([*rows, *where])], [shown.character_id])


@profile.command("set", example='saves profile set pc:kara_smith attire="Silver plate" starting.strength=18')
@NAMED
@click.argument("edits", metavar="FIELD=VALUE...", nargs=-1, required=True)
@click.pass_obj
def set_(settings: Settings, who: str, edits: Sequence[str]) -> Answer:
    """Change who somebody is, in all campaigns. Nothing behind the `=` empties a field."""
    from gamesaves.cli.fields import assignments

    store = finding.the_store(settings)
    before = store.profiles.get(who)
    after = store.profiles.update(before.character_id, **assignments(before, edits))
    changed = _changes(before, after)
    data = {"character_id": after.character_id, "revision": after.revision, "changed": changed}
    data["path"] = _file(store, after.character_id)
    head: Line = [Piece(after.name, "bold"), "  ", Piece(after.character_id, "dim")]
    shown = fields((path, "(empty)" if value in (None, "") else value) for path, value in changed.items())
    return Answer(data, [head, *(shown or ["  Nothing has changed."])], [after.character_id])


def _changes(before: "CharacterProfile", after: "CharacterProfile") -> dict[str, Any]:
    """Return the fields that differ, with their new values: `starting.strength`: 18."""
    from gamesaves.rules import patch

    operations = patch.diff(before.model_dump(mode="json"), after.model_dump(mode="json"))
    found = {one["path"][1:].replace("/", "."): one.get("value") for one in operations}
    return {path: value for path, value in found.items() if path.partition(".")[0] not in ("revision", "previous")}


@profile.command(example='saves profile rename pc:kara_smith "Kara the Bold"')
@NAMED
@click.argument("name")
@click.pass_obj
def rename(settings: Settings, who: str, name: str) -> Answer:
    """Give somebody another name; the id stays."""
    store = finding.the_store(settings)
    before = store.profiles.get(who)
    after = store.profiles.rename(before.character_id, name)
    data = {"character_id": after.character_id, "name": after.name, "before": before.name}
    data["path"] = _file(store, after.character_id)
    return Answer(data, [[before.name, " is now ", Piece(after.name, "bold")]], [after.character_id])


@profile.command(example="saves profile portrait pc:kara_smith --picture kara.png")
@NAMED
@click.option(
    "--picture", metavar="FILE", type=click.Path(path_type=Path), help="A PNG, JPEG, GIF or WebP; else one is drawn."
)
@click.pass_obj
def portrait(settings: Settings, who: str, picture: Path | None) -> Answer:
    """Give somebody a portrait, which every campaign then shows.

    It is the picture that is given, or an emblem that is drawn.
    """
    from gamesaves.disk import files

    store = finding.the_store(settings)
    one = store.profiles.get(who)
    data = None if picture is None else files.read(picture)
    path = store.profiles.portrait(one.character_id, picture=data)
    told = {"character_id": one.character_id, "portrait_path": path, "portrait_file": str(store.root / path)}
    return Answer(told, [[Piece(one.name, "bold"), " has a portrait: ", told["portrait_file"]]], [path])
