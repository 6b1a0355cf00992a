"""Put a Windows Python together that runs under Wine, for tests/torture/test_under_wine.py.

    python3 scripts/wine.py [FOLDER]    in .wine/ unless FOLDER is given

Nothing is installed on this machine. Wine has to be there already; the rest comes from wheels for Windows, through pip:
panda3d's carries the interpreter as a DLL, and freeze-core's an executable that starts one. The modules that are
written in Python are those of the Python that runs this script, so the two have the same minor version. A later run
does nothing until this script, pyproject.toml or the Python version changes.
"""

import hashlib
import os
import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
TAG = VERSION.replace(".", "")
STAMP = "gamesaves-wine.txt"

INTERPRETER = "panda3d>=1.10.14"
LAUNCHER = "freeze-core>=0.8"
LAUNCHER_FILE = f"freeze_core/bases/console-cpython-{TAG}-win_amd64.exe"
# Needed on Windows only: pip looks at the markers of the system that it runs on.
ON_WINDOWS = ("colorama", "tzdata")
FOR_TESTS = ("pytest>", "pytest-timeout>", "hypothesis>", "PyYAML>")
# Not of the library proper, or of no use there.
LEFT_OUT = ("__pycache__", "config-*", "ensurepip", "idlelib", "lib-dynload", "site-packages", "dist-packages", "test")

ENTRY = '''"""What the launcher calls once the interpreter runs: read the command line as `python` does."""

import os
import runpy
import site
import sys
import traceback


def run(_name):
    # Not beside the sources: those of the project are also run by the Python of this machine.
    sys.pycache_prefix = os.path.join(sys.prefix, "cache")
    site.main()
    sys.path[1:1] = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    arguments = sys.argv[1:]
    while arguments and arguments[0] in ("-u", "-I", "-B", "-E", "-s"):
        del arguments[0]
    try:
        start(arguments)
    except SystemExit as end:
        leave(end.code)
    except BaseException:
        traceback.print_exc()
        leave(1)


def start(arguments):
    if arguments[:1] == ["-c"]:
        sys.argv = ["-c", *arguments[2:]]
        exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})
    elif arguments[:1] == ["-m"]:
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    elif arguments:
        sys.argv = arguments
        sys.path.insert(0, os.path.dirname(os.path.abspath(arguments[0])))
        runpy.run_path(arguments[0], run_name="__main__")
    else:
        sys.exit("usage: python.exe [-c CODE | -m MODULE | FILE] [ARGUMENTS]")


def leave(code):
    """End as Python does; the launcher itself knows no exit codes."""
    import atexit
    import threading

    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)
'''


def main(arguments: list[str]) -> int:
    if len(arguments) > 1 or arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0 if len(arguments) == 1 else 2
    folder = Path(arguments[0] if arguments else ROOT / ".wine").absolute()
    missing = lacking()
    if missing:
        print(missing, file=sys.stderr)
        return 1
    stamp, wanted = folder / STAMP, wanted_stamp()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        print(f"{folder} is up to date.")
        return 0
    if folder.exists() and any(folder.iterdir()) and not stamp.exists() and not (folder / "prefix").exists():
        print(f"{folder} is not empty, and not made by this script.", file=sys.stderr)
        return 1
    try:
        make(folder)
    except subprocess.CalledProcessError as failed:
        print(f"This failed, with exit code {failed.returncode}: {' '.join(map(str, failed.cmd))}", file=sys.stderr)
        return 1
    stamp.write_text(wanted, encoding="utf-8")
    print(f"{folder} is ready: {command(folder)[0]} {command(folder)[1]}")
    return 0


def lacking() -> str | None:
    """Return what has to be installed first; None where everything is there."""
    if not sys.platform.startswith("linux"):
        return "Only Linux is supported; on Windows itself, run the tests as they are."
    if wine() is None:
        return "wine is not installed: apt-get install --no-install-recommends wine wine64"
    pip = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False)
    if pip.returncode:
        return (
            f"{sys.executable} has no pip: run this with the Python of a virtual environment, such as .venv/bin/python"
        )
    return None


def wine() -> str | None:
    """Return the command that runs Windows programs."""
    return shutil.which("wine") or shutil.which("wine64") or shutil.which("/usr/lib/wine/wine64")


def wanted_stamp() -> str:
    source = Path(__file__).read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return f"Python {VERSION}\n{hashlib.sha256(source).hexdigest()}\n"


def make(folder: Path) -> None:
    """Make it anew; what Wine keeps (`prefix`) stays if it is there."""
    python = folder / "python"
    shutil.rmtree(python, ignore_errors=True)
    (folder / "prefix").mkdir(parents=True, exist_ok=True)
    library = python / "lib"
    print(f"Putting a Windows Python {VERSION} together in {python} ...", flush=True)
    shutil.copytree(sysconfig.get_path("stdlib"), library, ignore=shutil.ignore_patterns(*LEFT_OUT))
    with tempfile.TemporaryDirectory() as downloads:
        pip("download", "--no-deps", "--dest", downloads, INTERPRETER, LAUNCHER)
        for wheel in Path(downloads).glob("*.whl"):
            take_binaries(wheel, python)
    random = forwarding("bcryptprimitives.dll", "ProcessPrng", "ADVAPI32.SystemFunction036")
    (python / "bcryptprimitives.dll").write_bytes(random)
    # Two modules that the launcher asks for: how it was built, and what to run.
    (library / "BUILD_CONSTANTS.py").write_text("", encoding="utf-8")
    (library / "__init__python.py").write_text(ENTRY, encoding="utf-8")
    pip("install", "--target", str(library / "site-packages"), *dependencies())
    print(f"Setting up Wine in {folder / 'prefix'} ...", flush=True)
    # Without a version, programs are told that this is Windows 7.
    for program in (("wineboot", "--init"), ("winecfg", "-v", "win10"), (command(folder)[1], "-c", "import pydantic")):
        run(folder, *program)


def run(folder: Path, *program: str) -> None:
    """Run a Windows program, and show what it says only where it fails."""
    # Pipes, as Wine gives a program no handle for an output that is a file.
    done = subprocess.run(
        [command(folder)[0], *program],
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write((done.stdout + done.stderr).decode(errors="replace"))
        done.check_returncode()


def take_binaries(wheel: Path, python: Path) -> None:
    """Take the launcher, the DLL of the interpreter, and its extension modules out of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            base = name.rpartition("/")[2]
            if name == LAUNCHER_FILE:
                target = python / "python.exe"
            elif not name.startswith("deploy_libs/") or base.startswith("api-ms-"):
                continue  # Wine has a C runtime of its own
            else:
                target = python / ("lib" if base.endswith(".pyd") else "") / base
            target.write_bytes(archive.read(name))


def forwarding(name: str, function: str, to: str) -> bytes:
    """Return a DLL without any code, whose one function is another DLL's.

    pydantic-core takes its randomness from `bcryptprimitives.dll`, which Wine 8 lacks; it has a function of the same
    use, though: `SystemFunction036` of `advapi32.dll`.
    """
    texts = [f"{text}\0".encode() for text in (name, function, to)]
    names = 0x1000 + 40 + 10  # the section begins with the export directory and its three tables of one entry each
    own_at, function_at, to_at = names, names + len(texts[0]), names + len(texts[0]) + len(texts[1])
    directory = struct.pack("<IIHHIIIIIII", 0, 0, 0, 0, own_at, 1, 1, 1, 0x1028, 0x102C, 0x1030)
    section = directory + struct.pack("<IIH", to_at, function_at, 0) + b"".join(texts)
    # The headers: for x86-64, one section, a DLL; then, in the optional header, sizes and where exports are.
    coff = struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x2022)
    optional = struct.pack("<HBBIIIII", 0x20B, 0, 0, 0, len(section), 0, 0, 0x1000)
    optional += struct.pack(
        "<QIIHHHHHHIIIIHH", 0x57A000000, 0x1000, 0x200, 6, 0, 0, 0, 6, 0, 0, 0x2000, 0x200, 0, 3, 0x100
    )
    optional += struct.pack("<QQQQII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    optional += struct.pack("<II", 0x1000, len(section)) + bytes(15 * 8)
    table = struct.pack("<8sIIIIIIHHI", b".rdata", len(section), 0x1000, 0x200, 0x200, 0, 0, 0, 0, 0x40000040)
    start = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + coff + optional + table
    return start.ljust(0x200, b"\0") + section.ljust(0x200, b"\0")


def pip(verb: str, *arguments: str) -> None:
    for_windows = ("--platform", "win_amd64", "--python-version", VERSION, "--only-binary", ":all:")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-qq", verb, *for_windows, *arguments]
    subprocess.run(command, check=True)


def dependencies() -> list[str]:
    """Return what the project and its tests need to run, as pyproject.toml says."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tests = [one for one in project["optional-dependencies"]["dev"] if one.startswith(FOR_TESTS)]
    return [*project["dependencies"], *tests, *ON_WINDOWS]


def command(folder: Path) -> tuple[str, ...]:
    """Return what starts the Windows Python of such a folder; its options follow."""
    return (str(wine()), str(folder / "python" / "python.exe"))


def environment(folder: Path) -> dict[str, str]:
    """Return the environment to start it with: no window, no noise, no offer to download more of Wine."""
    unseen = {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe="}
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COV_", "DISPLAY"))}
    return kept | unseen | {"WINEPREFIX": str(folder / "prefix")}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
