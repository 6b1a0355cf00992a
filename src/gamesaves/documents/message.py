"""Something that was said: a line of `campaign_…/chat_history/messages.jsonl`."""

from pydantic import Field

from gamesaves.documents.base import Count, Part, UtcTime


class ChatMessage(Part):
    """A message of a campaign's chat. A game adds keys of its own."""

    id: str = Field(description="Tells messages apart.")
    at: UtcTime = Field(description="When it was said, in UTC.")
    turn: Count = Field(0, description="The turn of the campaign it belongs to.")
    speaker: str = Field(description="Who said it: a character's id, player, narrator, or a game's own.")
    text: str = Field(description="What was said.")
