"""Draws the real output of `saves` as an SVG: `python scripts/terminal_picture.py demo docs/demo.svg`.

The command runs in an empty folder, or in one that is given first: `--in FOLDER`.
"""

import html
import re
import subprocess
import sys
import tempfile
from pathlib import Path

WIDTH, LINE, MARGIN, CHAR = 100, 18, 16, 8.4
_COLOURS = {"1": "#ffffff", "2": "#8b949e", "31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "36": "#79c0ff"}
_ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")


def output_of(arguments: list[str], folder: str | None) -> str:
    """Run `saves` as on a terminal, and return what it prints."""
    code = "import sys; from gamesaves.cli.main import main; sys.argv[0] = 'saves'; main()"
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=folder or empty,
            env={"HOME": empty, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,  # what it says of mistakes is worth a picture, too
        )
    return done.stdout


def spans(line: str) -> str:
    """Return a line with terminal colours as SVG text spans."""
    parts, colour, at = [], "", 0
    for match in _ESCAPE.finditer(line):
        parts.append((colour, line[at : match.start()]))
        codes = [code for code in match[1].split(";") if code in _COLOURS]
        colour, at = _COLOURS[codes[-1]] if codes else "", match.end()
    parts.append((colour, line[at:]))
    return "".join(
        f'<tspan fill="{colour}">{html.escape(text)}</tspan>' if colour else html.escape(text) for colour, text in parts
    )


def picture(title: str, text: str) -> str:
    """Return the SVG of a terminal that shows `title` as the command and `text` below it."""
    lines = [f"\x1b[32m$\x1b[0m {title}", *text.rstrip().splitlines()]
    height = LINE * len(lines) + 2 * MARGIN
    rows = "".join(
        f'<text x="{MARGIN}" y="{MARGIN + LINE * (row + 0.8):.0f}" xml:space="preserve">{spans(line)}</text>\n'
        for row, line in enumerate(lines)
    )
    width = int(WIDTH * CHAR) + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">\n'
        f'<rect width="100%" height="100%" rx="8" fill="#0d1117"/>\n'
        f'<g font-family="ui-monospace,Menlo,Consolas,monospace" font-size="14" fill="#c9d1d9">\n{rows}</g>\n</svg>\n'
    )


def main() -> None:
    """Draw the picture that the arguments ask for: the words of the command, then the file."""
    *arguments, target = sys.argv[1:]
    folder = None
    if arguments[0] == "--in":
        _, folder, *arguments = arguments
    text = output_of(arguments, folder)
    Path(target).write_text(picture("saves " + " ".join(arguments), text), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
