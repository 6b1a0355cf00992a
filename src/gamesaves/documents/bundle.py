"""What travels with a campaign: the manifest of a bundle, and under which ids the profiles are known in this store."""

from typing import Literal

from pydantic import ConfigDict, Field

from gamesaves.documents.base import Count, Document, Id, JsonObject, Part


class BundleHead(Part):
    """The newest event of the campaign in a bundle."""

    seq: Count = Field(description="Its number.")
    hash: str = Field(pattern="^[0-9a-f]{32}$", description="Its hash.")


class BundleUniverse(Part):
    """The universe in a bundle."""

    universe_id: Id = Field(description="Its id.")
    title: str = Field(description="What a player reads.")
    head: BundleHead = Field(description="Its newest event.")


class BundleInfo(Document):
    """The manifest of a bundle, without its entries: what can be told of the campaign without unpacking it."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["gamesaves bundle"] = Field("gamesaves bundle", description="What this is.")
    campaign_id: Id = Field(description="The campaign's id, as its own document says it.")
    folder: str = Field(description="The name of the campaign's folder, in the bundle and where it came from.")
    title: str = Field(description="What a player reads.")
    head: BundleHead = Field(description="The newest event.")
    universe: BundleUniverse | None = Field(None, description="The world it plays in, if that came along.")
    last_played: str | None = Field(None, description="When it was last played, ISO 8601 in UTC.")
    total_turns: Count = Field(0, description="Turns so far.")
    characters: list[str] = Field(default_factory=list, description="Ids of the characters that take part.")
    tags: JsonObject = Field(default_factory=dict, description="What a player sorts campaigns by.")
    thumbnails: list[str] = Field(default_factory=list, description="Pictures that its saves show.")


class ProfileIds(Document):
    """`profiles.json` of a campaign that was imported: profiles that have another id in this store.

    It is there only where an id was somebody else's already.
    """

    ids: dict[Id, Id] = Field(
        default_factory=dict, description="The id as the campaign's characters have it, and the id in this store."
    )
