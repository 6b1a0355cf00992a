"""Names that synchronisers and file managers give to a second copy of something."""

import re

_MARKS = (
    r"\.sync-conflict-\d{8}-\d{6}(?:-[A-Z0-9]+)?",  # Syncthing
    r" \([^()]*(?:conflicted|in Konflikt|en conflit)[^()]*\)",  # Dropbox
    r"[ _-]\(?[Cc]onflict(?:ed copy)?[ _-]\d[^.]*",  # Nextcloud, Resilio
    r" - Copy(?: \(\d+\))?",  # Windows
    r" copy(?: \d+)?",  # macOS
    r" \((?:copy|another copy|\d+(?:st|nd|rd|th) copy)\)",  # GNOME
    r" \(\d+\)",  # browsers, Google Drive
)
_MARK = re.compile("|".join(f"(?:{mark})" for mark in _MARKS))


def original_of(name: str) -> str | None:
    """Return the name of what a file or folder is a second copy of, by its name; None where it is none."""
    original = _MARK.sub("", name)
    return original if original != name and original.strip(". ") else None
