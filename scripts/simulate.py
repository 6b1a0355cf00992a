"""Play a long story in one world, in many processes of which some are killed, and verify what is on the disk.

    python3 scripts/dev.py simulate [--report FOLDER] [--each-state]
    python3 scripts/dev.py simulate --players N --runs M --turns T [--report FOLDER]

Without numbers the story is played: what it verifies is printed line by line, and the exit code is 1 where a claim does
not hold. With numbers so many players play so many runs of so many turns each, and what that costs is printed as it
grows. `--report` leaves a report, a picture of the timelines and the store in a folder.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.simulation import growing, reporting


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="simulate", description="Play a long story in one world, and verify it.")
    parser.add_argument("--report", type=Path, metavar="FOLDER", help="leave the report and the store there")
    parser.add_argument("--each-state", action="store_true", help="go back to each of 150 states, not to every tenth")
    parser.add_argument("--players", type=int, metavar="N", help="measure what N players cost")
    parser.add_argument("--runs", type=int, metavar="M", help="with M runs each")
    parser.add_argument("--turns", type=int, metavar="T", help="of T turns each")
    options = parser.parse_args(arguments)
    numbers = {name: getattr(options, name) for name in ("players", "runs", "turns")}
    given = {name: number for name, number in numbers.items() if number is not None}
    if any(number < 1 for number in given.values()):
        parser.error("a number must be 1 or more")
    report: Path | None = options.report
    if report is not None and report.exists() and not (report.is_dir() and not any(report.iterdir())):
        parser.error(f"{report} is not an empty folder; give a new one")
    with tempfile.TemporaryDirectory(prefix="simulation-") as scratch:
        folder = report or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if given:
            return growing.simulate(folder.absolute(), growing.Crowd(**given))
        return reporting.simulate(folder.absolute(), each_state=options.each_state)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
