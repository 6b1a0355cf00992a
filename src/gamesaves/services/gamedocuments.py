"""Between documents as JSON trees and what a game works with: its own models, plain objects, the library's models."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python

from gamesaves.disk.jsontext import Tree
from gamesaves.documents import lending
from gamesaves.documents.base import SCHEMA_VERSION, Document
from gamesaves.documents.lending import Lender
from gamesaves.errors import InvalidDocument, InvalidValue
from gamesaves.ids import is_id
from gamesaves.rules import patch
from gamesaves.services.contracts import DOCUMENTS, model_of
from gamesaves.services.validation import faults_of

Model = TypeVar("Model", bound=BaseModel)

NEWEST = 50
"""How many entries of a list that would grow for ever a document holds; the log has them all."""

_GROWING = ("narratives", "dialog_history")
_VERSION = "schema_version"
_WRAP = "Put it into a field of a model, or into a dictionary."


def document_key(path: str) -> str:
    """Return the key of a game's own document.

    Raises:
        InvalidValue: the path is not made of ids.
    """
    if not path or not all(is_id(step) for step in path.split("/")):
        raise InvalidValue(
            f"{path!r} is no path of a document", hint="Use lower-case letters, digits, _, - and /: map/level1"
        )
    return DOCUMENTS + path


def read_model(path: str, model: type[Model], tree: Tree | None) -> Model:
    """Return a game's own document as the game's model; one that is not there yet is made of its defaults.

    `schema_version` is given to models that declare it.

    Raises:
        InvalidDocument: it does not fit the model, or a new one needs values.
    """
    tree = {key: value for key, value in (tree or {}).items() if key != _VERSION or key in model.model_fields}
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        hint = "To see what is there, ask for it without a model."
        raise _misfit(DOCUMENTS + path, error, model, tree, hint=hint) from error


def unknown_keys(model: type[BaseModel], tree: Tree) -> Tree:
    """Return what a document has at its top that the game's model passes over, which is to stay."""
    if issubclass(model, Document) or model.model_config.get("extra", "ignore") != "ignore":
        return {}
    known = {*model.model_fields, *(field.alias for field in model.model_fields.values())}
    return {key: value for key, value in tree.items() if key not in known}


def tree_of(key: str, copy: Any, before: Tree | None, unknown: Tree) -> Tree | None:
    """Return what a working copy is as a JSON tree, checked; None for a document that is to go.

    Args:
        before: the document as the turn found it; what has not changed is shared with it, and `before` itself is
            returned where nothing has.
        unknown: what the document holds besides.

    Raises:
        InvalidDocument: a value does not fit the document, or has no place in JSON.
    """
    if copy is None:
        return None
    lender = lending.lender_of(copy) if isinstance(copy, Document) else None
    try:
        if lender is not None and before is lender.tree:
            tree = _lent_tree(copy, lender)
        else:
            # Also a copy of one that was lent, which is to be another document.
            tree = _whole_tree(key, copy, before, unknown)
    except ValidationError as error:
        hint = "Give it a value that fits, or discard the turn."
        raise _misfit(key, error, type(copy), _plain(key, copy), hint=hint) from error
    except (PydanticSerializationError, ValueError) as error:
        raise InvalidDocument(f"{key} cannot be written as JSON: {error}") from error
    if "revision" in tree:
        raise InvalidDocument(f"{key}: the key 'revision' belongs to the save", hint="Use another name.")
    return tree


def _whole_tree(key: str, copy: Any, before: Tree | None, unknown: Tree) -> Tree:
    plain = _plain(key, copy)
    tree = {**plain, **{name: value for name, value in unknown.items() if name not in plain}}
    tree.setdefault(_VERSION, SCHEMA_VERSION)
    if model_of(key):
        _cut_short(tree)
    if isinstance(copy, BaseModel):
        shared: Tree = patch.sharing(before, tree, to_jsonable_python)
        type(copy).model_validate(plain)
        return shared
    return patch.sharing(before, tree, _with_text_keys)  # type: ignore[no-any-return]


def _lent_tree(copy: Document, lender: Lender[Any]) -> Tree:
    """Return the tree of a copy, of which only what is not its lender's any more is looked at."""
    names = lending.touched(copy, lender)
    part = {name: lender.tree[name] for name in names if name in lender.tree}
    plain = copy.model_dump(mode="json", include=names, warnings=False)
    _cut_short(plain)
    now = patch.sharing(part, {**plain, **_without_defaults(plain, lender)}, to_jsonable_python)
    if now is part:
        return lender.tree
    # Fields of one value were checked when they were assigned to.
    inside = {name: value for name, value in now.items() if isinstance(value, dict | list)}
    changed = {name: value for name, value in inside.items() if value is not part.get(name)}
    for name in changed:
        _require_text_keys(getattr(copy, name))
    lending.assigned(lender.model, changed)
    tree = {**lender.tree, **now}
    if gone := names - now.keys():
        tree = {name: value for name, value in tree.items() if name not in gone}
        type(copy).model_validate(tree)
    return tree


def _with_text_keys(value: Any) -> Any:
    """Return a value as JSON; raise `ValueError` for a key that JSON would make a text of."""
    _require_text_keys(value)
    return to_jsonable_python(value)


def _require_text_keys(value: Any) -> None:
    if isinstance(value, BaseModel):
        value = {**value.__dict__, **(value.model_extra or {})}
    if isinstance(value, dict):
        for key, one in value.items():
            if not isinstance(key, str):
                # The game would look for it in vain once it is a text.
                raise ValueError(f"the key {key!r} is no text")
            _require_text_keys(one)
    elif isinstance(value, list | tuple):
        for one in value:
            _require_text_keys(one)


def _without_defaults(plain: Tree, lender: Lender[Any]) -> Tree:
    """Return what a copy says of fields that hold others, without what only reading them has added to the document."""
    inside = {name for name, value in plain.items() if isinstance(value, dict | list) and name in lender.tree}
    read = lender.model.model_dump(mode="json", include=inside, warnings=False) if inside else {}
    return {name: patch.merge(value, plain[name], lender.tree[name])[0] for name, value in read.items()}


def _cut_short(tree: Tree) -> None:
    for name in _GROWING:
        if len(tree.get(name, ())) > NEWEST:
            tree[name] = tree[name][-NEWEST:]


def _plain(key: str, copy: Any) -> Tree:
    """Return a working copy as an object, in which a game's own may still have values that are not JSON's."""
    if isinstance(copy, BaseModel):
        # By alias, as it is read; no warnings, as the check that follows tells what does not fit.
        plain = copy.model_dump(mode="json", by_alias=True, warnings=False)
        if not isinstance(plain, dict):
            text = f"{key}: {type(copy).__name__} is written as a {type(plain).__name__}, and a document is an object"
            raise InvalidDocument(text, hint=_WRAP)
        return plain
    if isinstance(copy, dict):
        return copy
    text = f"{key}: a document is a model or a dictionary, not {type(copy).__name__}"
    raise InvalidDocument(text, hint=_WRAP)


def _misfit(key: str, error: ValidationError, model: type[BaseModel], tree: Tree, *, hint: str) -> InvalidDocument:
    fault = faults_of(error, model, tree)[0]
    return InvalidDocument(f"{key}: {'.'.join(map(str, fault.where))}: {fault.message}", hint=fault.hint or hint)
