"""`python -m gamesaves.cli` is `saves`."""

import sys

from gamesaves.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
