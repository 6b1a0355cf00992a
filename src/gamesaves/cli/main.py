"""The command `saves`: what there is, and what its errors mean for the exit code."""

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from gamesaves import __version__
from gamesaves.cli import output
from gamesaves.cli.base import Entry, LazyGroup, Settings, Shown

COMPLETE_VARIABLE = "_SAVES_COMPLETE"

COMMANDS = {
    "Start here": {
        "demo": Entry("demo:demo", "Play a short story into a store, to look at."),
        "init": Entry("store:init", "Make a store."),
    },
    "Everyday": {
        "list": Entry("listing:list_", "List the campaigns, the one played last first."),
        "play": Entry("play:play", "Play a campaign from a console, a command a line."),
        "save": Entry("slot:save", "Save a campaign under a name, over the save that has it."),
        "quicksave": Entry("slot:quicksave", "Save a campaign to the next quick slot; the oldest gives way."),
        "quickload": Entry("slot:quickload", "Load the newest quick save of a campaign."),
        "open": Entry("opening:open_", "Show a campaign's folder in the file manager."),
        "check": Entry("store:check", "Verify everything, and change nothing."),
        "repair": Entry("repairing:repair", "Mend what is damaged, or only tell what would be done."),
        "watch": Entry("watch:watch", "Print what is changed in the store's files, until Ctrl-C."),
        "sync": Entry("syncing:sync", "Bring campaigns up to date with who their characters are."),
        "export": Entry("moving:export", "Write a campaign into a file that another store can take in."),
        "import": Entry("moving:import_", "Take in a campaign: an exported file, or a copied folder."),
        "undo": Entry("undoing:undo", "Take back the last removal or import, or what has this ID."),
        "info": Entry("store:info", "Tell which store is used, and what is in it."),
        "stores": Entry("store:stores", "List the stores that games on this machine have made."),
    },
    "Nouns, each with verbs of its own": {
        "campaign": Entry("campaign:campaign", "Stories: what happened to whom."),
        "profile": Entry("profile:profile", "Characters: who somebody is, in all campaigns."),
        "preset": Entry("preset:preset", "What characters are made from."),
        "slot": Entry("slot:slot", "The saves of a campaign."),
        "session": Entry("session:session", "The sittings of a campaign."),
        "universe": Entry("universe:universe", "Worlds that campaigns share."),
        "run": Entry("run:run", "Characters' playthroughs of a campaign."),
        "player": Entry("player:player", "Whoever plays, across all campaigns."),
        "history": Entry("history:history", "What has happened in a campaign, and going back in it."),
        "image": Entry("image:image", "Pictures, each stored once."),
        "backup": Entry("backup:backup", "Copies of the whole store."),
    },
    "More": {
        "schema": Entry("schema:schema", "Print the rules for a kind of file, or list the kinds."),
        "completion": Entry("completion:completion", "Print what makes a shell complete commands and ids."),
        "help": Entry("topics:help_", "Explain a command or a topic."),
    },
}


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        raise Shown(f"saves {__version__}", {"version": __version__})


saves = LazyGroup(
    "saves",
    table=COMMANDS,
    help="Saved games that are never lost: look at them, play them, edit who is in them.",
    params=[
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
        )
    ],
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return the exit code.

    Args:
        arguments: what stands behind `saves`; those of the process where it is None.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    settings = Settings(json=output.wants_json(arguments))
    output.prepare(settings.json)
    try:
        if COMPLETE_VARIABLE in os.environ:
            from gamesaves.cli import shells  # noqa: F401 - click learns of them by the import
        code = _run(list(arguments), settings)
    except Shown as asked:
        code = output.show(output.Answer(asked.data, asked.text.splitlines()), settings)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, people get a sentence
        from gamesaves.cli import failing

        code = failing.report(error, settings)
    if (lost := output.finish()) is not None:
        from gamesaves.cli import failing

        return failing.unwritten(lost, code)
    return code


def _run(arguments: list[str], settings: Settings) -> int:
    result: Any = saves.main(
        arguments, prog_name="saves", complete_var=COMPLETE_VARIABLE, standalone_mode=False, obj=settings
    )
    return result if isinstance(result, int) else 0
