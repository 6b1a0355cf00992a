"""The words that a portrait is painted from."""

from gamesaves.documents.appearance import Appearance

_SENTENCES = (
    ("facial_expression", "Expression: {}"),
    ("facial_features", "Face: {}"),
    ("attire", "Wearing {}"),
    ("primary_weapon", "Weapon: {}"),
    ("distinguishing_feature", "Distinguishing feature: {}"),
    ("pose", "Pose: {}"),
    ("background_setting", "Background: {}"),
)


def portrait_prompt(character: Appearance) -> str:
    """Return a description of a character for whoever, or whatever, paints portraits.

    It is `visual_description` where that is given, else composed from the visual fields in a fixed order: who it is,
    body, face, clothes, weapon, what one remembers, pose, background. Empty fields are left out.

    Args:
        character: a profile, a preset, or a campaign's character.
    """
    whole = _text(character, "visual_description")
    if whole:
        return whole
    sentences = [_opening(character)]
    for field, form in _SENTENCES:
        text = _text(character, field)
        if text:
            sentences.append(form.format(text.rstrip(".")))
    return ". ".join(sentences) + "."


def _opening(character: Appearance) -> str:
    name = _text(character, "name")
    who = [_text(character, field) for field in ("age_category", "gender", "race", "character_class")]
    body = [_text(character, field) for field in ("build", "height_description")]
    described = ", ".join(text for text in (" ".join(filter(None, who)), *body) if text)
    opening = "Portrait"
    if name:
        opening += f" of {name}"
    return f"{opening}: {described}" if described else opening


def _text(character: Appearance, field: str) -> str:
    value = getattr(character, field, None)
    return " ".join(value.replace("_", " ").split()) if isinstance(value, str) else ""
