"""`saves profile …`: who somebody is, in all campaigns."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import asking, completing, finding
from gamesaves.cli.base import Group, Settings
from gamesaves.cli.output import Answer, say, terminal_width, warning
from gamesaves.cli.text import Line, Piece, changes_shown, counted, fields, table

if TYPE_CHECKING:
    from gamesaves.documents import CharacterProfile
    from gamesaves.services.profilefiles import ProfileSummary
    from gamesaves.store import SaveStore

NAMED = click.argument("who", shell_complete=completing.profiles)
_SORTS = {"id": "character_id", "name": "name", "class": "character_class"}
_NOT_SHOWN = (
    *("schema_version", "uid", "revision", "previous", "state"),
    *("interactions", "starting", "name", "character_id"),
)


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


def _said(one: "CharacterProfile") -> dict[str, Any]:
    """Return what a profile says, without what tells one state of it from another."""
    from gamesaves.rules.revisions import TRACES

    return one.model_dump(mode="json", exclude=set(TRACES))


@profile.command("set", example='saves profile set pc:kara_smith attire="Silver plate" starting.strength=18')
@NAMED
@click.argument("edits", metavar="FIELD=VALUE...", nargs=-1, required=True)
@click.pass_obj
def set_(settings: Settings, who: str, edits: Sequence[str]) -> Answer:
    """Change who somebody is, in all campaigns. Nothing behind the `=` empties a field."""
    from gamesaves.cli.fields import assignments, changes

    store = finding.the_store(settings)
    before = store.profiles.get(who)
    after = store.profiles.update(before.character_id, **assignments(before, edits))
    changed = changes(_said(before), _said(after))
    data = {"character_id": after.character_id, "revision": after.revision, "changed": changed}
    data["path"] = _file(store, after.character_id)
    head: Line = [Piece(after.name, "bold"), "  ", Piece(after.character_id, "dim")]
    return Answer(data, [head, *changes_shown(changed)], [after.character_id])


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
    store = finding.the_store(settings)
    one = store.profiles.get(who)
    path = store.profiles.portrait(one.character_id, picture=None if picture is None else picture.absolute())
    told = {"character_id": one.character_id, "portrait_path": path, "portrait_file": str(store.root / path)}
    return Answer(told, [[Piece(one.name, "bold"), " has a portrait: ", told["portrait_file"]]], [path])


@profile.command(example="saves profile edit pc:kara_smith")
@NAMED
@click.pass_obj
def edit(settings: Settings, who: str) -> Answer:
    """Edit who somebody is in your text editor.

    It is checked when you close the editor, and put in its place once nothing is wrong with it. What other programs
    have changed meanwhile stays.
    """
    from gamesaves.cli import editing

    text = finding.the_store(settings).profiles.edit(who)
    head: Line = [Piece(text.character_id, "bold")]
    return editing.answer(settings, text, head, {"character_id": text.character_id}, text.character_id)


@profile.command(example="saves profile reapply pc:kara_smith --dry-run")
@NAMED
@click.argument("name", metavar="[PRESET]", required=False, shell_complete=completing.presets)
@click.option("--only", metavar="FIELD", multiple=True, help="Only this field; can be given again.")
@asking.DRY_RUN
@click.pass_obj
def reapply(settings: Settings, who: str, name: str | None, only: Sequence[str], dry_run: bool) -> Answer:
    """Give somebody again what their preset says.

    That goes over what was changed since. Name, id and portrait stay, and so does what the preset leaves open.
    Campaigns that have begun go on as they are.
    """
    from gamesaves.cli.fields import changes

    store = finding.the_store(settings)
    before = store.profiles.get(who)
    preset = store.presets.get(_preset_of(before, name))
    apply = partial(
        store.profiles.reapply,
        before.character_id,
        preset,
        store.presets.character_class(preset.character_class),
        only=only or None,
    )
    after = apply(dry_run=True)
    changed = changes(_said(before), _said(after))
    head: Line = [Piece(before.name, "bold"), f"  {before.character_id}  from {preset.id}"]
    shown = [head, *changes_shown(changed)]
    if changed and not dry_run:
        for line in shown:
            say(line, settings)
        asking.confirm(settings, f"Change {counted(len(changed), 'field')}?")
        after = apply()
        shown = ["Done. To take it back: saves undo"]
    data = {"character_id": after.character_id, "preset": preset.id, "revision": after.revision, "changed": changed}
    data |= {"path": _file(store, after.character_id), "dry_run": dry_run}
    return Answer(data, shown, [after.character_id])


def _preset_of(profile: "CharacterProfile", name: str | None) -> str:
    if name is None and profile.preset_id is None:
        raise click.UsageError(f"{profile.character_id} was not made from a preset: name one")
    return name or str(profile.preset_id)
