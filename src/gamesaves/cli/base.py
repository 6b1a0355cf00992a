"""What all commands have in common: the options of everywhere, help with an example, loading when they are used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple, NoReturn

import click


@dataclass
class Settings:
    """What was asked for beside the command itself.

    Attributes:
        store: the folder of the store, as it was given.
        game: whose store, as it was given.
        yes: do not ask.
        quiet: results and errors only.
    """

    json: bool = False
    store: str | None = None
    game: str | None = None
    yes: bool = False
    quiet: bool = False


class Shown(Exception):
    """The command ends here: a text that was asked for in place of what it does, such as its help.

    Attributes:
        data: for `--json`.
    """

    def __init__(self, text: str, data: dict[str, str]) -> None:
        super().__init__(text)
        self.text = text
        self.data = data


class CommonOption(click.Option):
    """An option that every command takes, before the noun or behind the verb."""

    def __init__(self, *names: str, **more: Any) -> None:
        super().__init__(names, expose_value=False, callback=_keep, **more)


def _keep(context: click.Context, option: click.Parameter, value: Any) -> None:
    if value not in (None, False):
        settings = context.ensure_object(Settings)
        assert option.name is not None
        setattr(settings, option.name, value)


def _common_options() -> list[click.Parameter]:
    return [
        CommonOption("--store", metavar="PATH", help="The store: a folder.", shell_complete=_folders),
        CommonOption("--game", metavar="NAME", help="The store that this game has made; see: saves stores"),
        CommonOption("--json", is_flag=True, help="Answer with one JSON document."),
        CommonOption("--yes", is_flag=True, help="Do not ask."),
        CommonOption("-q", "--quiet", is_flag=True, help="Only results and errors."),
        click.Option(["-h", "--help"], is_flag=True, is_eager=True, expose_value=False, callback=_help, help="Help."),
    ]


def _folders(context: click.Context, parameter: click.Parameter, incomplete: str) -> Any:
    return click.Path(file_okay=False).shell_complete(context, parameter, incomplete)


def _show_help(context: click.Context) -> NoReturn:
    text = context.get_help()
    raise Shown(text, {"help": text})


def _help(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked and not context.resilient_parsing:
        _show_help(context)


class _Documented(click.Command):
    """A command that shows an example in its help, and takes the options of everywhere."""

    def __init__(self, *args: Any, example: str | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.add_help_option = False  # ours answers in JSON too
        self.example = example
        self.params.extend(_common_options())

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own options; those of everywhere are on the page of `saves` itself."""
        own = (one for one in self.params if isinstance(one, click.Option) and not _is_common(one))
        rows = [one.get_help_record(ctx) for one in own]
        if found := [row for row in rows if row is not None]:
            with formatter.section("Options"):
                formatter.write_dl(found)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example."""
        if self.example:
            formatter.write(f"\nExample:\n  {self.example}\n")
        if ctx.parent is not None:
            formatter.write("\nEverywhere: --store PATH, --game NAME, --json, --yes, --quiet (see saves --help)\n")


def _is_common(parameter: click.Parameter) -> bool:
    return isinstance(parameter, CommonOption) or parameter.name == "help"


class Command(_Documented):
    """A verb: its function returns an `Answer`, which is shown here."""

    def invoke(self, ctx: click.Context) -> int:
        """Run it, show what it answers and return the exit code."""
        from gamesaves.cli.output import show

        return show(super().invoke(ctx), ctx.ensure_object(Settings))


class NoCommand(click.UsageError):
    """A command that does not exist.

    Attributes:
        hint: what may have been meant.
    """

    def __init__(self, name: str, context: click.Context) -> None:
        super().__init__(f"there is no command {name!r}", context)
        near = _near(name, context)
        self.hint = f"Did you mean {' or '.join(near)}?" if near else f"See: {context.command_path} --help"


def _near(name: str, context: click.Context) -> list[str]:
    """Return the commands that may have been meant: one that has this verb, or one that is called much the same."""
    from difflib import get_close_matches

    paths = [path.split() for path, _ in commands(context.find_root())]
    verbs = [" ".join(path) for path in paths if path[-1] == name]
    here = context.command_path.split()
    names = {path[-1]: " ".join(path) for path in paths if path[:-1] == here}
    return verbs or [names[one] for one in get_close_matches(name, names)]


def commands(context: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Return all commands below a group, each with the words that it is called by; all are loaded."""
    group = context.command
    assert isinstance(group, click.Group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{context.command_path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(click.Context(command, context, name))


class Group(_Documented, click.Group):
    """A noun with its verbs; alone it shows what it has."""

    command_class = Command

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, invoke_without_command=True, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb, or show the help where there is none."""
        result = super().invoke(ctx)
        if ctx.invoked_subcommand is None:
            _show_help(ctx)
        return result

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the verbs."""
        self.format_commands(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb that the arguments begin with."""
        if not (args[0].startswith("-") or ctx.resilient_parsing or self.get_command(ctx, args[0])):
            raise NoCommand(args[0], ctx)
        return super().resolve_command(ctx, args)


class Entry(NamedTuple):
    """A command that is not loaded yet.

    Attributes:
        home: `module:attribute`, the module below `gamesaves.cli`.
        help: one line, kept here so that `saves --help` loads no command.
    """

    home: str
    help: str


class LazyGroup(Group):
    """The command `saves`: each of its commands is imported when it is used.

    Args:
        table: the commands by section and name.
    """

    def __init__(self, *args: Any, table: Mapping[str, Mapping[str, Entry]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.table = table
        self.entries = {name: entry for section in table.values() for name, entry in section.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the names of the commands, in the order of the help."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import a command."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.home.partition(":")
        command: click.Command = getattr(import_module(f"gamesaves.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write what there is, without importing any of it."""
        for title, section in self.table.items():
            with formatter.section(title):
                formatter.write_dl([(name, entry.help) for name, entry in section.items()])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, and the options of everywhere."""
        self.format_commands(ctx, formatter)
        rows = [one.get_help_record(ctx) for one in self.params]
        with formatter.section("Options, before the command or behind it"):
            formatter.write_dl([row for row in rows if row is not None])
