"""`saves preset …`: what characters are made from."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import completing, finding, presetediting
from gamesaves.cli.base import Group, Settings
from gamesaves.cli.output import Answer, terminal_width, warning
from gamesaves.cli.text import Line, Piece, table

if TYPE_CHECKING:
    from gamesaves.documents import CharacterPreset
    from gamesaves.services.presets import PresetEntry

KIND, NAMED = presetediting.KIND, presetediting.NAMED


@click.group(cls=Group)
def preset() -> None:
    """What characters are made from. PRESET is an id or a name."""


for verb in (presetediting.new, presetediting.edit, presetediting.check, presetediting.revert):
    preset.add_command(verb)


@preset.command("list", example="saves preset list")
@KIND
@click.option("--sort", type=click.Choice(["id", "name", "layer"]), default="id", show_default=True, help="The order.")
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many.")
@click.pass_obj
def list_(settings: Settings, kind: str, sort: str, reverse: bool, limit: int | None) -> Answer:
    """List the presets of a kind, and where they come from."""
    listed = finding.if_there(settings).presets.list(kind)
    listed = sorted(listed, key=lambda one: str(getattr(one, sort)), reverse=reverse)[:limit]
    rows = ([_marked(one), one.id, one.layer, ", ".join(one.overrides)] for one in listed)
    lines = table(["NAME", "ID", "FROM", "OVERRIDES"], rows, width=terminal_width())
    problems = [one.problem for one in listed if one.problem]
    shown = lines if listed else [f"No presets of the kind {kind}."]
    return Answer([_row(one) for one in listed], shown, [one.id for one in listed], problems)


def _marked(one: "PresetEntry") -> Piece:
    return Piece(one.name, "red" if one.problem else "bold")


def _row(one: "PresetEntry") -> dict[str, Any]:
    return {
        "kind": one.kind,
        "id": one.id,
        "name": one.name,
        "layer": one.layer,
        "overrides": list(one.overrides),
        "path": str(one.path),
        "problem": warning(one.problem) if one.problem else None,
    }


@preset.command(example="saves preset show kara_stormwind")
@NAMED
@KIND
@click.pass_obj
def show(settings: Settings, name: str, kind: str) -> Answer:
    """Show a preset as it stands in its file."""
    tree, entry = finding.if_there(settings).presets.tree(*presetediting.placed(kind, name))
    text = json.dumps(tree, ensure_ascii=False, indent=2).splitlines()
    return Answer({**_row(entry), "preset": tree}, [Piece(f"{entry.path} ({entry.layer})", "dim"), *text], text)


@preset.command(example='saves preset draft kara_stormwind --name "Kara Smith" --set attire="Silver plate"')
@click.argument("name", metavar="PRESET", shell_complete=completing.presets)
@click.option("--name", "called", metavar="NAME", help="A name of its own, which makes it somebody else.")
@click.option("--set", "edits", metavar="FIELD=VALUE", multiple=True, help="Change a field; can be given again.")
@click.pass_obj
def draft(settings: Settings, name: str, called: str | None, edits: Sequence[str]) -> Answer:
    """Make a profile from a preset.

    Under a new name that is a new one; under the name of the profile that the preset has already, that one is changed.
    """
    store = finding.new_or_known(settings)
    wanted = _wanted(store.presets.get(name), called, edits)
    begun = store.presets.draft(name)
    for field, value in wanted.items():
        setattr(begun, field, value)
    profile = store.profiles.save(begun, store.presets.character_class(begun.character_class))
    file = next(str(one.path) for one in store.profiles.list() if one.character_id == profile.character_id)
    data = {
        "character_id": profile.character_id,
        "name": profile.name,
        "preset_id": profile.preset_id,
        "path": file,
    }
    lines: list[Line] = [[Piece(profile.name, "bold"), " is ", profile.character_id], file]
    return Answer(data, lines, [profile.character_id])


def _wanted(edited: "CharacterPreset", called: str | None, edits: Sequence[str]) -> dict[str, Any]:
    """Return the fields to change, checked before anything is written."""
    from gamesaves.cli.fields import assignments
    from gamesaves.ids import slug
    from gamesaves.services.validation import changed

    wanted = assignments(edited, edits)
    if called is not None:
        wanted["name"] = called
    slug(changed(edited, wanted, fixed=frozenset({"id", "schema_version"})).name)
    return wanted
