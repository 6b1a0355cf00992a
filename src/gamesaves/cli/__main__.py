"""`python -m gamesaves.cli` is `saves`."""

import sys


def main() -> int:
    """Run the command and return the exit code, also where Ctrl-C comes while it is still being loaded."""
    try:
        from gamesaves.cli.main import main as saves
    except KeyboardInterrupt as early:
        from gamesaves.cli import failing, output
        from gamesaves.cli.base import Settings

        return failing.report(early, Settings(json=output.wants_json(sys.argv)))
    return saves()


if __name__ == "__main__":
    sys.exit(main())
