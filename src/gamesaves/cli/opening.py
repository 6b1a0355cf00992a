"""`saves open`: a campaign's folder, in the file manager."""

import click

from gamesaves.cli import completing, finding
from gamesaves.cli.base import Command, Settings
from gamesaves.cli.output import Answer, say


class NoFileManager(click.ClickException):
    """The folder could not be shown."""

    hint = "Open the folder yourself; its path is above."


@click.command("open", cls=Command, example='saves open "The Lost Mine"')
@click.argument("name", metavar="CAMPAIGN", shell_complete=completing.campaigns)
@click.pass_obj
def open_(settings: Settings, name: str) -> Answer:
    """Show a campaign's folder in the file manager.

    Its path is printed; with --json that is all.
    """
    store = finding.the_store(settings)
    folder = store.root / store.campaigns.id_of(name)
    if not settings.json:
        say(str(folder), settings)
        if click.launch(str(folder)) != 0:
            raise NoFileManager("no file manager could be started")
    return Answer({"campaign_id": folder.name, "path": str(folder)}, [], brief=[str(folder)])
