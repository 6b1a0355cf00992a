"""What every document on disk has in common: the base model and the field types."""

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr

from gamesaves.documents import lending
from gamesaves.documents.lending import Lender
from gamesaves.errors import TurnRequired

SCHEMA_VERSION = 1


def as_utc(moment: datetime) -> datetime:
    """Return `moment` in UTC; a naive time is read as UTC.

    Raises:
        ValueError: in UTC it would lie before the year 1 or after the year 9999.
    """
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a time must lie between the years 1 and 9999 in UTC") from None


UtcTime = Annotated[datetime, AfterValidator(as_utc)]
"""A point in time, in UTC, written as ISO 8601 with `Z`."""

Whole = Annotated[int, Field(strict=True, ge=-(2**63), le=2**63 - 1)]
"""A whole number of 64 bits; `true`, `"3"` and `3.0` are not whole numbers."""

Count = Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)]
"""A whole number that is never negative."""


Amount = Annotated[
    Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)]
    | Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)],
    Field(union_mode="left_to_right"),
]
"""A number that is never negative; `3` stays `3` and `3.0` stays `3.0`, so that loading changes no file."""

Number = Annotated[
    Whole | Annotated[float, Field(strict=True, allow_inf_nan=False)],
    Field(union_mode="left_to_right"),
]
"""A number; `3` stays `3` and `3.0` stays `3.0`."""

Id = Annotated[str, Field(pattern=r"^(?:[a-z0-9_]+:)?[a-z0-9][a-z0-9_-]*$", max_length=128)]
"""A lower-case ASCII id, optionally with a kind before a colon (`pc:kara_smith`)."""

JsonObject = dict[str, Any]
"""A JSON object whose shape belongs to the game."""


class Part(BaseModel):
    """A piece of a document.

    Keys that the model does not declare are kept, in their order, behind the declared ones.
    """

    # `constants`: NaN and infinity stay what they are, and are refused when they are written, instead of becoming null.
    model_config = ConfigDict(extra="allow", validate_assignment=True, ser_json_inf_nan="constants")


class Document(Part):
    """A JSON object in a file of its own.

    Outside a turn a campaign's documents are sealed: assigning to a field raises `TurnRequired`. Only documents
    carry that mark: a private attribute costs memory, and a document has many parts.
    """

    schema_version: Count = Field(SCHEMA_VERSION, description="The version of the format this document is written in.")

    _sealed: bool = PrivateAttr(default=False)
    _lender: Lender[Any] | None = PrivateAttr(default=None)

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        lending.make_on_access(cls)

    def __setattr__(self, name: str, value: Any) -> None:
        if name[0] != "_" and self._is_sealed():
            raise TurnRequired(f"{type(self).__name__}.{name}")
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        if self._is_sealed():
            raise TurnRequired(f"{type(self).__name__}.{name}")
        super().__delattr__(name)

    def _is_sealed(self) -> bool:
        # Not `self._sealed`: pydantic looks everywhere else for a private attribute first, at each assignment.
        private = self.__pydantic_private__
        return private is not None and bool(private["_sealed"])

    def seal(self) -> Self:
        """Refuse assignments from now on; return the model."""
        self._sealed = True
        return self

    def __iter__(self) -> Generator[tuple[str, Any], None, None]:
        lending.own(self)
        yield from super().__iter__()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        lending.own(self)
        memo = {} if memo is None else memo
        memo[id(self._lender)] = None
        return super().__deepcopy__(memo)
