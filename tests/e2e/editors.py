"""Somebody at a text editor: a small program that is named in EDITOR, and does what a test has written down for it."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_EDITOR = """
import json, pathlib, sys, time
plan, file = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
step, *rest = json.loads(plan.read_text(encoding="utf-8"))
plan.write_text(json.dumps(rest), encoding="utf-8")
text = file.read_bytes().decode()
for old, new in step.get("replace", {}).items():
    assert old in text, f"{old} is not in {text}"
    text = text.replace(old, new)
file.write_bytes(text.encode())
for path, fields in step.get("meanwhile", {}).items():
    other = pathlib.Path(path)
    tree = json.loads(other.read_bytes())
    other.write_text(json.dumps({**tree, **fields}), encoding="utf-8")
if "gone" in step:
    file.unlink()
(plan.parent / "edited").write_text(str(file))
if "wait" in step:
    print("it waits", flush=True)
    time.sleep(60)
sys.exit(step.get("exit", 0))
"""


class Editor:
    """An editor that a test has sat somebody down at.

    Attributes:
        variables: what makes it the one that is used.
    """

    def __init__(self, folder: Path) -> None:
        self._plan = folder / "plan.json"
        script = folder / "an editor.py"
        script.write_text(_EDITOR, encoding="utf-8")
        # Isolated and without site-packages: it starts at once, and no coverage is measured of it.
        self.variables = {
            "EDITOR": f"'{sys.executable}' -I -S '{script}' '{self._plan}'",
            "VISUAL": "",
            "TMPDIR": str(folder),
        }
        self._edited = folder / "edited"

    def will(self, *steps: Mapping[str, Any]) -> None:
        """Say what it does each time it is opened: `replace`, `meanwhile` to other files, `exit`, `gone`, `wait`."""
        self._plan.write_text(json.dumps(steps), encoding="utf-8")

    def named(self, name: str) -> Path:
        """Put the editor into a folder of its own under another name, and return that folder."""
        folder = self._plan.parent / "bin"
        folder.mkdir()
        command = [sys.executable, "-I", "-S", str(self._plan.parent / "an editor.py"), str(self._plan)]
        script = f"#!{sys.executable}\nimport os, sys\nos.execv({sys.executable!r}, [*{command!r}, *sys.argv[1:]])\n"
        (folder / name).write_text(script, encoding="utf-8")
        (folder / name).chmod(0o755)
        return folder

    @property
    def left(self) -> int:
        """How many times it was not opened that were planned."""
        return len(json.loads(self._plan.read_text(encoding="utf-8")))

    @property
    def file(self) -> Path:
        """The file that it was given last."""
        return Path(self._edited.read_text(encoding="utf-8"))
