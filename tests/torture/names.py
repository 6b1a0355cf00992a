"""Names as people type them, and as bad luck has them; the same ones for the same seed."""

from collections.abc import Iterator
from random import Random

_DEVICES = ("con", "PRN", "aux", "NUL", "COM1", "com9", "lpt1", "LPT0", "con_", "nul__", "CONIN$", "com\u00b9")
_SCRIPTS = (
    "abcdefghijklmnopqrstuvwxyz",
    "ABCXYZ",
    "0123456789",
    " .-_'\"!?:/\\|<>*#%&$@~`^+=()[]{};,",
    "\u00e4\u00f6\u00fc\u00df\u00e9\u00e8\u00f1\u00e7\u0142\u0131\u0130\u017f\u1e9e\u0153\ufb01",
    "\u0430\u0431\u0432\u0433\u0434\u0416\u0429\u042a",
    "\u03b1\u03b2\u03b3\u03c3\u03c2\u03a9",
    "\u5c0f\u6797\u9f8d\u5973\u738b\u6771\u4eac",
    "\u3042\u3044\u30ab\u30bf\u30fc",
    "\ud55c\uae00\uc774\ub984",
    "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\u05e9\u05dc\u05d5\u05dd",
    "\u0939\u093f\u0928\u094d\u0926\u0940",
    "\u0e44\u0e17\u0e22",
    "\U0001f409\U0001f5e1\u2694\ufe0f\U0001f469\u200d\U0001f680",
    "e\u0301a\u0308o\u0302\u0323",
)


def names(seed: int, count: int) -> Iterator[str]:
    """Return names that have at least one character that can be seen."""
    random = Random(seed)
    for _ in range(count):
        way = random.random()
        if way < 0.1:
            yield random.choice(_DEVICES) + random.choice(("", "", ".json", " 2", ".", ":x"))
            continue
        script = random.choice(_SCRIPTS)
        mixed = script if way < 0.6 else script + random.choice(_SCRIPTS)
        length = random.choice((1, 2, 3, 5, 8, 13, 40, 120))
        # One letter makes sure that there is something to see.
        yield random.choice("aZ\u00e9\u0416\u9f8d5") + "".join(random.choice(mixed) for _ in range(length))
