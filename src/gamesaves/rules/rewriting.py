"""Writing a document again that a person wrote: only what has changed becomes something else."""

from gamesaves.rules import patch
from gamesaves.rules.patch import Json


def rewritten(written: Json, before: Json, after: Json) -> Json:
    """Return what a person wrote, with what differs between two readings of it changed.

    Keys keep their order, and what the person left out stays left out where its value is still the default. What is
    new stands at the end.

    Args:
        written: the tree as it stands in the file.
        before: the same, read as a document: every field has a value, in its own order.
        after: the document as it is to be.
    """
    if patch.same(before, after):
        return written
    if not (type(written) is type(before) is type(after) is dict):
        return after
    tree = {}
    for key in dict.fromkeys([*written, *after]):
        if key not in after:
            continue
        if key not in before:
            tree[key] = after[key]
        elif key in written:
            tree[key] = rewritten(written[key], before[key], after[key])
        elif not patch.same(before[key], after[key]):
            tree[key] = after[key]
    return tree
