"""`saves help`: a command's help, or a topic."""

import click

from gamesaves.cli.base import Command, NoCommand
from gamesaves.cli.failing import EXIT_CODES
from gamesaves.cli.output import Answer
from gamesaves.cli.text import Line, table

_TOPICS = {
    "exit-codes": "What the exit codes mean.",
    "json": "What --json writes.",
    "names": "How names are looked up.",
    "stores": "Which store is used.",
}
_TEXTS = {
    "json": """\
With --json each command writes exactly one JSON document to standard output, also where it fails:
  {"api_version": 1, "ok": true, "data": …, "warnings": […]}
  {"api_version": 1, "ok": false, "error": {"code", "message", "path", "line", "column", "hint"}, "warnings": []}
`ok` says whether there is data or an error; the exit code says how it went. A warning is a problem that was found
on the way: {"severity", "code", "path", "message", "hint", "line", "column"}. Fields are only ever added.""",
    "names": """\
A campaign is named by its id, its folder's name or its title; a character by its id (pc:kara_smith), its short id
(kara_smith) or its name; a preset by its id or its name. A name is looked for exactly, then without regard to case,
accents and punctuation. What fits nothing is answered with what is nearest, what fits several with all of them.""",
    "stores": """\
The store is, in this order:
  1. --store PATH
  2. --game NAME, of the stores that games on this machine have made (saves stores lists them)
  3. the folder that the variable SAVES_STORE names
  4. the store that the current folder lies in
  5. the only store that a game on this machine has made
  6. the folder that this system has for the data of programs
`saves info` tells which one it is, and why. `saves init`, `demo`, `campaign create` and `preset draft` make it where it
is not there yet.""",
}


@click.command("help", cls=Command, example="saves help exit-codes")
@click.argument("words", metavar="[TOPIC]...", nargs=-1)
@click.pass_context
def help_(context: click.Context, words: tuple[str, ...]) -> Answer:
    """Explain a command or a topic.

    A command is given as it is called: saves help campaign create. Topics are exit-codes, json, names and stores.
    """
    if words == ("exit-codes",):
        rows = [{"code": code, "meaning": meaning} for code, meaning in EXIT_CODES.items()]
        lines = table(["CODE", "MEANING"], ([str(code), meaning] for code, meaning in EXIT_CODES.items()))
        return Answer({"exit_codes": rows}, lines)
    if len(words) == 1 and words[0] in _TEXTS:
        text = _TEXTS[words[0]]
        return Answer({"help": text}, text.splitlines())
    text = _of_command(context.find_root(), words)
    topics: list[Line] = []
    if not words:
        topics = ["", "Topics, for saves help:", *(f"  {name:<12}{what}" for name, what in _TOPICS.items())]
    return Answer({"help": text, "topics": list(_TOPICS)}, [*text.splitlines(), *topics])


def _of_command(context: click.Context, words: tuple[str, ...]) -> str:
    for word in words:
        command = context.command.get_command(context, word) if isinstance(context.command, click.Group) else None
        if command is None:
            raise NoCommand(word, context)
        context = click.Context(command, info_name=word, parent=context)
    return context.get_help()
