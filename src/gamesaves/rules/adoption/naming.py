"""From the names of older versions to ids."""

from hashlib import blake2b

from gamesaves.errors import InvalidName
from gamesaves.ids import ID_LENGTH, SLUG_LENGTH, id_of_stem, is_id, slug
from gamesaves.rules.adoption import Tree

NPC = "npc"
_KINDS = ("pc", NPC, "prof_pc", "prof_npc")
TEMPLATE = "prof_"


def as_id(name: str) -> str:
    """Return an id for a name of whatever form: itself where it is one, else what a person would get by typing it."""
    if is_id(name):
        return name
    try:
        return slug("".join(char if char.isprintable() else " " for char in name))
    except InvalidName:
        return "x_" + blake2b(name.encode(errors="surrogatepass"), digest_size=4).hexdigest()


def as_character_id(name: str, kind: str = "pc") -> str:
    """Return the id of a character, with a kind before a colon.

    Args:
        name: an id of an older version: `pc:kara`, `PC:Kara Smith`, `kara`.
        kind: of a name that has none.
    """
    if is_id(name) and ":" in name:
        return name
    before, dot, behind = name.partition(".")
    own, _, rest = (before, dot, behind) if dot and before in _KINDS else name.rpartition(":")
    kind = as_id(own).replace("-", "_").replace(":", "_")[:SLUG_LENGTH] if own.strip() else kind
    return f"{kind}:{as_id(rest)[: ID_LENGTH - len(kind) - 1]}"


def old_id(stem: str, tree: Tree, field: str) -> str:
    """Return what a document is called in its own tree: by the field inside it, else by its file's name."""
    inside = tree.get(field, tree.get("id"))
    return inside if isinstance(inside, str) and inside.strip() else id_of_stem(stem) or stem


class Cast:
    """The ids of the characters of a tree, by what they are called in it."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def learn(self, stem: str, tree: Tree) -> str:
        """Return the id of the character whose file this is; references to it are found by it from then on."""
        name, by_file = old_id(stem, tree, "character_id"), id_of_stem(stem) or stem
        if is_id(name) and ":" in name:
            character_id = name
        else:
            kind = NPC if tree.get("character_type") == NPC else "pc"
            character_id = self._ids.get(name) or self._ids.get(by_file) or as_character_id(name, kind)
        for one in (name, stem, by_file):
            self._ids.setdefault(one, character_id)
        if not character_id.startswith(TEMPLATE):
            self._ids.setdefault(_short(name), character_id)
        return character_id

    def __call__(self, name: str) -> str:
        """Return the id of the character that a reference means."""
        return self._ids.get(name) or self._ids.get(_short(name)) or as_character_id(name)


def _short(name: str) -> str:
    return as_id(name.rpartition(":")[2])
