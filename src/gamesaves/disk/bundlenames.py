"""Which paths a bundle may have inside: those that mean the same file on every system, and none beside the store.

Sources: the naming rules of Windows (Microsoft, "Naming Files, Paths, and Namespaces") for devices, reserved characters
and trailing dots; a name that one system would change, hide or refuse is refused on all of them.
"""

import re
import unicodedata
from collections.abc import Iterable

_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:")
_RESERVED = frozenset('<>:"|?*')
_STEP_BYTES = 255
_PATH_BYTES = 1024


def fault_of(path: str) -> str | None:
    """Return why a path is not accepted in a bundle; None where it is."""
    if not path:
        return "it has no name"
    if "\0" in path:
        return "a NUL character"
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in path):
        return "a control character"
    if "\\" in path:
        return "a backslash"
    if path.startswith("/"):
        return "an absolute path"
    if _DRIVE.match(path):
        return "a drive letter"
    if len(path.encode()) > _PATH_BYTES:
        return f"a path of more than {_PATH_BYTES} bytes"
    return next((fault for fault in map(_fault_of_step, path.split("/")) if fault is not None), None)


def _fault_of_step(step: str) -> str | None:
    if not step:
        return "an empty name between slashes"
    if step in (".", ".."):
        return f"a step {step!r} that leads elsewhere"
    if step[-1] in ". " or step[0] == " ":
        return "a name that ends with a dot, or begins or ends with a space"
    if step[0] == ".":
        return "a hidden name"
    if not _RESERVED.isdisjoint(step):
        return 'a character that Windows refuses: < > : " | ? *'
    if _DEVICE.fullmatch(step.partition(".")[0].rstrip(" ")):
        return "the name of a device of Windows"
    return f"a name of more than {_STEP_BYTES} bytes" if len(step.encode()) > _STEP_BYTES else None


def clash(paths: Iterable[str]) -> tuple[str, str] | None:
    """Return a path and why it cannot stand beside another of them; None where all can.

    On some systems names are one that differ in case or in the form of Unicode.
    """
    files: dict[str, str] = {}
    steps: dict[str, str] = {}
    for path in paths:
        name = folded(path)
        other = files.setdefault(name, path)
        if name in steps:
            return path, "a file in the place of a folder"
        if other is not path:
            return path, "it is there twice" if other == path else f"the same name as {other!r} on some systems"
        above = name.rpartition("/")[0]
        while above:
            if above in files:
                return path, "a folder in the place of a file"
            steps.setdefault(above, path)
            above = above.rpartition("/")[0]
    return None


def folded(path: str) -> str:
    """Return a path as systems compare it that know neither case nor the forms of Unicode."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
