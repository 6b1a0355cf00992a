"""What is done to a ledger while the power may fail: steps, alone and one after the other."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from gamesaves.disk import files, layout
from tests.torture.scenes import LedgerRecording, Scene, prepare, record
from tests.unit.ledgers import DATA, KARA, MAP, Plain

NPC = "characters/npc:zombie"

Step = Callable[[Scene], None]


def commit(scene: Scene) -> None:
    """A turn that changes one document."""
    scene.ledger.commit("turn", scene.changed(KARA), turn_taken=True)
    scene.jobs.run()


def commit_several(scene: Scene) -> None:
    """A turn that changes several documents, makes one, and says something."""
    hall = f"documents/map/hall{scene.number()}"
    documents = {**scene.changed(KARA), **scene.changed(MAP), **scene.changed(DATA), **scene.changed(hall)}
    message = {"id": f"m{scene.number()}", "text": "Ouch!"}
    scene.ledger.commit("turn", documents, data={"messages": [message]}, turn_taken=True)
    scene.jobs.run()


def burst(scene: Scene) -> None:
    """Turns one right after the other; the documents follow later."""
    for _ in range(3):
        scene.ledger.commit("turn", {**scene.changed(KARA), **scene.changed(MAP)}, turn_taken=True)
    scene.jobs.run()


def say(scene: Scene) -> None:
    """Messages, that go into the chat's file."""
    for _ in range(3):
        scene.ledger.commit("message", {}, data={"messages": [{"id": f"m{scene.number()}", "text": "Hello"}]})


def snapshot(scene: Scene) -> None:
    scene.ledger.write_snapshot()


def close(scene: Scene) -> None:
    """A change, then the end of a session, which notes the head, and the beginning of another."""
    scene.ledger.commit("turn", scene.changed(DATA), turn_taken=True)
    scene.again()


def remove(scene: Scene) -> None:
    """A document comes and goes."""
    for tree in (scene.changed(NPC)[NPC], None):
        scene.ledger.commit("turn", {NPC: tree})
        scene.jobs.run()


def edit(scene: Scene) -> None:
    """A document is edited while nobody plays."""
    scene.ledger.close()
    scene.edit_by_hand(KARA)
    scene.open()
    scene.jobs.run()


def edit_while_playing(scene: Scene) -> None:
    """A document is edited between two turns that change it."""
    scene.edit_by_hand(KARA)
    commit(scene)


def edit_right_before(scene: Scene) -> None:
    """A document is edited when it is about to be replaced."""
    scene.ledger.commit("turn", scene.changed(KARA))
    scene.edit_by_hand(KARA)
    scene.jobs.run()
    commit(scene)


def new_by_hand(scene: Scene) -> None:
    """Somebody makes a document."""
    scene.ledger.close()
    number = scene.number()
    data = b'{"text": "by hand %d"}' % number
    scene.write_by_hand(f"documents/note{number}.json", data, usable=True)
    scene.open()
    scene.jobs.run()


def bad_edit(scene: Scene) -> None:
    """Somebody leaves a document that is no JSON."""
    scene.ledger.close()
    scene.write_by_hand(layout.document_path(KARA), b'{"hp": by hand %d",,' % scene.number(), usable=False)
    scene.open()
    scene.jobs.run()


def deleted(scene: Scene) -> None:
    """Somebody deletes a document's file."""
    scene.ledger.close()
    files.remove(scene.document(MAP))
    scene.open()
    scene.jobs.run()


def stale(scene: Scene) -> None:
    """The process dies before the documents have followed."""
    scene.ledger.commit("turn", {**scene.changed(KARA), **scene.changed(MAP)})
    scene.die()
    scene.open()
    scene.jobs.run()


def foreign(scene: Scene) -> None:
    """A document from another copy is put in."""
    scene.ledger.close()
    data = b'{"revision": "1-00000000", "doors": 7, "note": "by hand %d"}' % scene.number()
    scene.write_by_hand(layout.document_path(MAP), data, usable=False)
    scene.open()
    scene.jobs.run()


def literal_colon(scene: Scene) -> None:
    """A document has its name as older trees have it."""
    scene.ledger.close()
    home = scene.document(KARA)
    files.move(home, home.with_name("pc:kara.json"))
    scene.open()
    scene.jobs.run()


def torn_tail(scene: Scene) -> None:
    """The log ends in half a line, as after an earlier power cut."""
    scene.ledger.close()
    scene.put(scene.log, scene.log.read_bytes() + b'{"seq":99,"at":"half a line %d' % scene.number())
    scene.open()


def missing_newline(scene: Scene) -> None:
    """The log has lost its last newline."""
    scene.ledger.close()
    scene.put(scene.log, scene.log.read_bytes()[:-1])
    scene.open()
    commit(scene)


def other_encoding(scene: Scene) -> None:
    """Notepad has saved the log."""
    scene.ledger.close()
    scene.put(scene.log, scene.log.read_bytes().decode().encode("utf-16"))
    scene.open()
    commit(scene)


def migrate(scene: Scene) -> None:
    """A newer program brings the documents up to date with its first commit."""
    scene.ledger.close()
    scene.contract = Plain(newest=2)
    scene.open()
    commit(scene)


ALL = (
    commit,
    commit_several,
    burst,
    say,
    snapshot,
    close,
    remove,
    edit,
    edit_while_playing,
    edit_right_before,
    new_by_hand,
    bad_edit,
    deleted,
    stale,
    foreign,
    literal_colon,
    torn_tail,
    missing_newline,
    other_encoding,
    migrate,
)
STEPS: dict[str, Step] = {step.__name__: step for step in ALL}
CORE = ("commit_several", "say", "snapshot", "close", "remove", "edit", "edit_right_before", "stale")
"""What is most of what happens."""


def _one_after_the_other(names: Iterable[str], scene: Scene) -> None:
    """Of interest is the last one: what comes before it is a sequence of its own."""
    scene.open()
    for name in names:
        scene.first = len(scene.recorder.ops)
        STEPS[name](scene)


def sequence(root: Path, names: Iterable[str]) -> LedgerRecording:
    """Record steps in an empty folder, in a ledger that is there already."""
    prepare(root)
    return record(" ".join(names), root, partial(_one_after_the_other, names))
