"""What a folder of saves says about itself: `store.json`."""

from typing import Literal

from pydantic import Field

from gamesaves.documents.base import Document, UtcTime


class StoreInfo(Document):
    """The mark by which a folder is known as a store."""

    kind: Literal["gamesaves store"] = Field("gamesaves store", description="What this folder is.")
    store_id: str = Field(min_length=1, description="Random, made once: tells two stores apart.")
    created_at: UtcTime = Field(description="When the store was made, in UTC.")
