"""Completion in PowerShell, 5.1 and newer."""

import os
import re
from typing import Any, ClassVar

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

from gamesaves.cli.text import clean

_SOURCE = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $line = $commandAst.Extent.Text
    $before = [Math]::Min($line.Length, $cursorPosition - $commandAst.Extent.StartOffset)
    $env:%(complete_var)s = "powershell_complete"
    $env:COMP_LINE = $line.Substring(0, $before)
    $env:COMP_WORD = $wordToComplete
    try {
        %(prog_name)s | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            [System.Management.Automation.CompletionResult]::new($value, $value, "ParameterValue", $help)
        }
    } finally {
        Remove-Item Env:%(complete_var)s, Env:COMP_LINE, Env:COMP_WORD
    }
}
"""


@add_completion_class
class PowerShellComplete(ShellComplete):
    """Completes in PowerShell: a line for each completion, the value and what it is, with a tab between them."""

    name: ClassVar[str] = "powershell"
    source_template: ClassVar[str] = _SOURCE

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one that is being typed, and that one."""
        incomplete = os.environ.get("COMP_WORD", "")
        words = split_arg_string(os.environ.get("COMP_LINE", ""))[1:]
        return (words[:-1] if incomplete and words else words), incomplete.strip("'\"")

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Return a completion as PowerShell takes it; what it would read as more than one word is quoted."""
        value = clean(item.value)
        if not re.fullmatch(r"[\w./\\:=-]+", value):
            value = "'" + value.replace("'", "''") + "'"
        return f"{value}\t{clean(item.help or item.value)}"
