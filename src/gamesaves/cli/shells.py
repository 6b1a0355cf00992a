"""Completion in bash and PowerShell; click's own scripts do for zsh and fish.

Click's script for bash takes the words as bash splits them, at each colon, so that `pc:kara` would be three words.
"""

import os
import re
from typing import Any, ClassVar

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class, split_arg_string

from gamesaves.cli.text import clean

_BASH = """\
%(complete_func)s() {
    local line="${COMP_LINE:0:COMP_POINT}" type value word last known=""
    word="${line##*[[:space:]]}"
    last="${word##*:}"
    # What stands before a colon is a word of its own to bash, and must not come twice.
    [[ "$COMP_WORDBREAKS" == *:* ]] && known="${word:0:${#word}-${#last}}"
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case "$type" in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("${value#"$known"}") ;;
        esac
    done < <(COMP_LINE="$line" %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $length = $cursorPosition - $commandAst.Extent.StartOffset
    $env:COMP_LINE = $commandAst.Extent.Text.PadRight($length).Substring(0, $length)
    $env:%(complete_var)s = "powershell_complete"
    try {
        %(prog_name)s | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            [System.Management.Automation.CompletionResult]::new($value, $value, "ParameterValue", $help)
        }
    } finally {
        Remove-Item Env:%(complete_var)s, Env:COMP_LINE
    }
}
"""


class _OfLine(ShellComplete):
    """Completes the last word of a line, up to where the cursor is."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one that is being typed, and that one."""
        line = os.environ.get("COMP_LINE", "")
        words = split_arg_string(line)[1:]
        incomplete = words.pop() if words and not line[-1:].isspace() else ""
        return words, incomplete


@add_completion_class
class BashComplete(_OfLine):
    """Completes in bash: a line for each completion, its type and its value."""

    name: ClassVar[str] = "bash"
    source_template: ClassVar[str] = _BASH

    def format_completion(self, item: "CompletionItem[Any]") -> str:
        """Return a completion as the script takes it."""
        return f"{item.type},{clean(item.value)}"


@add_completion_class
class PowerShellComplete(_OfLine):
    """Completes in PowerShell, 5.1 and newer: a line for each completion, the value, a tab and what it is."""

    name: ClassVar[str] = "powershell"
    source_template: ClassVar[str] = _POWERSHELL

    def format_completion(self, item: "CompletionItem[Any]") -> str:
        """Return a completion as PowerShell takes it; what it would read as more than one word is quoted."""
        value = clean(item.value)
        if not re.fullmatch(r"[\w./\\:=-]+", value):
            value = "'" + value.replace("'", "''") + "'"
        return f"{value}\t{clean(item.help or item.value)}"
