"""`saves completion`: what makes a shell complete commands, options and ids."""

import click

from gamesaves.cli.base import Command
from gamesaves.cli.output import Answer

_SHELLS = ("bash", "zsh", "fish", "powershell")


@click.command(cls=Command, example="saves completion bash >> ~/.bashrc")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> Answer:
    """Print what makes a shell complete commands and ids.

    Put it where the shell starts: ~/.bashrc, ~/.zshrc, ~/.config/fish/completions/saves.fish, or PowerShell's $PROFILE.
    """
    from click.shell_completion import get_completion_class

    from gamesaves.cli import shells  # noqa: F401 - click learns of them by the import
    from gamesaves.cli.main import COMPLETE_VARIABLE

    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(context.find_root().command, {}, "saves", COMPLETE_VARIABLE).source()
    return Answer({"shell": shell, "script": script}, script.splitlines())
