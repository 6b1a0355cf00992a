"""JSON Schema of every kind of document and preset, made from the models, in the dialect that editors understand.

That dialect is draft-07 (http://json-schema.org/draft-07/schema); pydantic speaks 2020-12.
"""

from typing import Any

from gamesaves.documents.kinds import Kind, kind_of

Schema = dict[str, Any]

DIALECT = "http://json-schema.org/draft-07/schema#"
_LARGEST = 2**63 - 1
_BESIDE_REFERENCE = frozenset(("$ref",))
_OWN_SCHEMA = {"type": "string", "description": "Where an editor finds the rules for this file; it stays as it is."}
_REVISION = {"type": "string", "description": "Which state of this document you started from: leave it as it is."}


def schema(kind: str) -> Schema:
    """Return the JSON Schema (draft-07) of a kind of documents or presets, with a description of every key.

    Args:
        kind: `character_preset`, `profile`, `campaign`, `character`, …; `saves schema` lists them.

    Raises:
        NotFound: there is no such kind; the error has the nearest names.
    """
    return schema_of(kind_of(kind))


def schema_of(kind: Kind) -> Schema:
    """Return the JSON Schema of a kind."""
    made: Schema = _plain(kind.model.model_json_schema(ref_template="#/definitions/{model}"))
    own: Schema = {"$schema": _OWN_SCHEMA} | ({"revision": _REVISION} if kind.in_ledger else {})
    made["properties"] = {**own, **made["properties"]}
    if kind.preset is not None:
        # A file may hold an array of presets. `properties` says nothing of an array, `items` nothing of an object.
        made |= {"type": ["object", "array"], "items": {"allOf": [{"$ref": "#"}], "type": "object"}}
    return {"$schema": DIALECT, "title": kind.name.replace("_", " "), **made}


def _plain(node: Any, *, names: bool = False) -> Any:
    """Return a part of a schema in draft-07.

    Args:
        names: whether the keys are names that the model gives, and no words of JSON Schema.
    """
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: _plain(value) for key, value in node.items()}
    made = {
        key: _plain(value, names=key in ("properties", "$defs", "patternProperties"))
        for key, value in node.items()
        if not _says_nothing(key, value)
    }
    if "$defs" in made:
        made["definitions"] = made.pop("$defs")
    if "description" in made:
        # What comes behind the first paragraph of a model is for programmers.
        made["description"] = made["description"].split("\n\n")[0].replace("\n", " ")
    if "patternProperties" in made:
        made["additionalProperties"] = False
    if "$ref" in made and made.keys() != _BESIDE_REFERENCE:
        # In draft-07 what stands beside a reference counts for nothing.
        made["allOf"] = [{"$ref": made.pop("$ref")}]
    return _nullable(made)


def _says_nothing(key: str, value: Any) -> bool:
    """Whether a word of a schema only repeats a key's name, or a limit of JSON, or says that there is no default."""
    limits = key in ("maximum", "minimum") and isinstance(value, int) and abs(value) >= _LARGEST
    return key == "title" or limits or (key == "default" and value is None)


def _nullable(made: Schema) -> Schema:
    """Say `type: [string, null]` for a choice between one simple type and null, which editors explain best."""
    choices = made.get("anyOf", [])
    if len(choices) != 2 or choices[1] != {"type": "null"} or not isinstance(choices[0].get("type"), str):
        return made
    first = choices[0]
    rest = {key: value for key, value in made.items() if key != "anyOf"}
    return {**rest, **first, "type": [first["type"], "null"]}
