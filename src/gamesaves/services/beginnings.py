"""What a campaign begins with: who takes part, and its own data."""

from collections.abc import Sequence

from gamesaves.disk import jsontext
from gamesaves.documents import CampaignData, CharacterInfo, CharacterPreset, CharacterProfile
from gamesaves.errors import InvalidDocument, InvalidValue
from gamesaves.ids import free_id
from gamesaves.services.casting import Casting
from gamesaves.services.validation import made

_FIXED = frozenset(
    {
        "schema_version",
        "campaign_id",
        "character_ids",
        "last_played",
        "total_turns",
        "total_sessions",
        "total_playtime_hours",
    }
)
_NAMED = {"universe_id": "universe", "player_id": "player"}
"""What is looked up: an id that was only written down might be nobody's."""


def states_of(
    casting: Casting, characters: Sequence[str | CharacterPreset | CharacterProfile]
) -> dict[str, CharacterInfo]:
    """Return the characters that take part, by their ids.

    Raises:
        NotFound: there is no such preset or profile.
        InvalidValue: a player's character is named twice.
    """
    states: dict[str, CharacterInfo] = {}
    for who in characters:
        state = casting.enter(casting.profile(who))
        character_id = free_id(state.character_id, states)
        if character_id != state.character_id and state.character_type == "player":
            raise InvalidValue(f"{state.name} ({state.character_id}) is named twice", hint="Name each player once.")
        state.character_id = character_id
        states[character_id] = state
    return states


def checked_data(own: jsontext.Tree, fields: jsontext.Tree) -> jsontext.Tree:
    """Return a campaign's own data.

    Args:
        own: the fields that are given by the library.
        fields: those that are given by the game.

    Raises:
        InvalidValue: a field is none of a campaign's, cannot be set, or does not fit.
    """
    for name in fields:
        if name not in CampaignData.model_fields:
            raise InvalidValue(f"{name!r} is not a field of a campaign", hint="Put the game's own into custom_data.")
        if name in _NAMED:
            raise InvalidValue(f"{name!r} is looked up", hint=f"Say whose: {_NAMED[name]}=..., an id or a name.")
        if name in _FIXED:
            raise InvalidValue(f"{name!r} cannot be set", hint="It follows from what happens in the campaign.")
    data = made(CampaignData, {**own, **fields}).model_dump(mode="json")
    try:
        jsontext.require_storable(data)
        jsontext.encode_line(data)
    except InvalidDocument as error:
        raise InvalidValue(error.message) from error
    return data
