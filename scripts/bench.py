"""Measure what gamesaves costs, each thing against a raw baseline that is timed in the same run.

    python3 scripts/dev.py bench [--quick] [--only NAME] [--peers] [--json FILE] [--folder FOLDER]

Every measurement alternates with its baseline, so that a busy machine slows down both. A line that falls short of its
target says so; the exit code is 0 all the same, and 1 where something could not be measured. `--peers` compares with
other things that a game could keep its saves in (`pip install -e ".[peers]"`), as they are in the same run.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.benchmarks import commands, comparing, crowds, loading, turns, watching, worlds
from scripts.benchmarks.measuring import QUICK, Row, Scale, Spread, file_system

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS: dict[str, Callable[[Path, Scale], list[Row]]] = {
    "character": turns.character,
    "document": turns.document,
    "hold": turns.hold,
    "quicksave": turns.quicksave,
    "rounds": turns.rounds,
    "resume": loading.resume,
    "killed": loading.killed,
    "list": commands.listing,
    "list-inside": commands.listing_inside,
    "start": commands.start,
    "memory": loading.memory,
    "universe": worlds.update,
    "timeline": worlds.timeline,
    "edits": watching.edits,
    "idle": watching.idle,
    "simulate": crowds.simulate,
}
PEERS: dict[str, Callable[[Path, Scale], list[Row]]] = {
    "peers-turn": comparing.turn,
    "peers-resume": comparing.resume,
}
HEADINGS = ("", "measured (p99)", "baseline (p99)", "result", "target", "")


def main(arguments: list[str]) -> int:
    options = _options(arguments)
    scale = QUICK if options.quick else Scale()
    rows: list[Row] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=options.folder.absolute()) as folder:
        about = _about(Path(folder), scale)
        for name, measure in _chosen(options).items():
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            try:
                rows += measure(Path(folder) / name, scale)
            except Exception:  # noqa: BLE001 - the others can still be measured
                traceback.print_exc()
                failed.append(name)
    print("\n".join(f"{key:<12}{value}" for key, value in about.items()), *_table(rows), sep="\n")
    if failed:
        print(f"could not be measured: {', '.join(failed)}")
    if options.json:
        report = {"about": about, "failed": failed, "rows": [asdict(row) | {"verdict": row.verdict} for row in rows]}
        options.json.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 1 if failed else 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure what gamesaves costs, against raw baselines.")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions; the sizes stay")
    parser.add_argument("--only", action="append", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--peers", action="store_true", help="compare with other libraries, and measure only --only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--folder", type=Path, default=ROOT, help="measure on the disk that holds this folder")
    return parser.parse_args(arguments)


def _chosen(options: argparse.Namespace) -> dict[str, Callable[[Path, Scale], list[Row]]]:
    names = options.only or ([] if options.peers else BENCHMARKS)
    return {name: BENCHMARKS[name] for name in names} | (PEERS if options.peers else {})


def _about(folder: Path, scale: Scale) -> dict[str, str]:
    repetitions = (
        f"{scale.turns} turns ({scale.rested_turns} rested), {scale.opens} loads, {scale.starts} starts of a command"
    )
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": f"{platform.python_version()} on {platform.platform()}, {os.cpu_count()} processors",
        "disk": file_system(folder),
        "repeated": repetitions,
    }


def _table(rows: list[Row]) -> list[str]:
    """Return the report, in columns: a result is the ratio or the difference of medians where nothing else is said."""
    cells = [HEADINGS, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for what, *figures in cells:
        aligned = [what.ljust(widths[0])]
        aligned += [cell.rjust(width) for cell, width in zip(figures, widths[1:], strict=True)]
        lines.append("  ".join(aligned).rstrip())
    return ["", *lines]


def _cells(row: Row) -> tuple[str, ...]:
    target = "" if row.target is None else f"{'≥' if row.at_least else '≤'} {row.target:g} {row.unit}"
    result = row.note if row.result is None else f"{row.result:.2f} {row.unit}"
    return (row.what, _shown(row.measured), _shown(row.baseline), result, target, row.verdict)


def _shown(spread: Spread | None) -> str:
    if spread is None:
        return ""
    if spread.count == 1:
        return f"{spread.median:.1f} {spread.unit}"
    return f"{spread.median:.3f} ({spread.p99:.3f}) {spread.unit}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
