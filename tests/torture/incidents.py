"""What happens to a ledger besides playing: it is made, another log is put in its place, its process is killed."""

from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from gamesaves.disk import log, snapshots
from gamesaves.errors import Diverged
from tests.torture.recorder import Killed
from tests.torture.scenes import NAME, LedgerRecording, Scene, prepare, record
from tests.torture.workloads import STEPS, commit
from tests.unit.ledgers import MAP, World, hit


def _create(scene: Scene) -> None:
    scene.create()
    scene.acknowledge(scene.events()[0].hash)
    scene.open()
    commit(scene)
    scene.ledger.close()


def creation(root: Path) -> LedgerRecording:
    """Record how a ledger comes into being in an empty folder, and is played."""
    return record("create", root, _create)


def _thinned_out(scene: Scene) -> None:
    scene.open()
    for _ in range(2):
        commit(scene)
        scene.ledger.write_snapshot()


def snapshots_thinned_out(root: Path) -> LedgerRecording:
    """Record how snapshots are written where there are as many as are kept."""
    prepare(root)
    world = World(root, name=NAME)
    ledger = world.open()
    for hp in range(snapshots.KEPT_NEWEST):
        hit(ledger, hp)
        ledger.write_snapshot()
    ledger.close()
    return record("snapshots thinned out", root, _thinned_out)


def _older_copy(lost: bytes, scene: Scene) -> None:
    scene.aside.append((0, lost))
    scene.open()
    commit(scene)
    scene.ledger.close()


def older_copy(root: Path) -> LedgerRecording:
    """Record how an older copy is opened that was put in the place of a newer one, and played."""
    prepare(root)
    world = World(root, name=NAME)
    *lines, lost = world.lines()
    world.log.write_bytes(b"".join(lines))
    world.document(MAP).unlink()
    return record("an older copy", root, partial(_older_copy, lost))


def _other_log(scene: Scene) -> None:
    scene.open()
    commit(scene)
    event, ours = scene.events()[-1], scene.lines()[-1]
    theirs, digest = log.encode_event(replace(event, note="in the other copy"))
    scene.put(scene.log, b"".join([*scene.lines()[:-1], theirs]))
    scene.first = len(scene.recorder.ops)
    with suppress(Diverged):
        commit(scene)
    scene.acknowledge(digest)
    scene.aside.append((len(scene.told), ours))
    scene.ledger.close()


def other_log(root: Path) -> LedgerRecording:
    """Record what happens where a synchroniser puts another log in the place of the one that is open."""
    prepare(root)
    return record("another log", root, _other_log)


def _make(scene: Scene) -> None:
    scene.create()
    scene.open()


def _killed(name: str, after: int, scene: Scene) -> None:
    step = STEPS.get(name, _make)
    if step is not _make:
        scene.open()
    scene.recorder.last = last = len(scene.recorder.ops) + (after + 1) // 2
    with suppress(Killed):
        step(scene)
        scene.jobs.run()
    if len(scene.recorder.ops) >= last:
        scene.first = len(scene.recorder.ops)
    scene.die()
    if not scene.folder.exists():
        scene.create()
    scene.open()
    if after % 2:
        commit(scene)
    else:
        scene.ledger.write_snapshot()
    scene.ledger.close()


def killed(root: Path, name: str, after: int) -> LedgerRecording:
    """Record a step, or `create`, during which the process is killed; the next one goes on, and then the power fails.

    Of two numbers that follow on each other the one goes on with a commit, the other with a snapshot.
    Where the step has no more than so many operations, nobody is killed and the recording's `first` is 0.
    """
    if name in STEPS:
        prepare(root)
    return record(f"{name} killed after {after}", root, partial(_killed, name, after))
