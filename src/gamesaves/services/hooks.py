"""What a game is asked on the way: plain callables that it registers with the store."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from gamesaves.documents import ActiveCharacter, Session
    from gamesaves.services.campaign import Campaign
    from gamesaves.services.turns import Turn

SessionHook = Callable[["Campaign", "Session"], object]
"""Told of a session that starts, to fill in what it begins with."""

ActionHook = Callable[["Turn", "ActiveCharacter"], str | None]
"""Does what a character is about, and returns what they have done, in words."""

Hook = TypeVar("Hook")


class Hooks(Generic[Hook]):
    """Callables, in the order in which they were registered."""

    def __init__(self) -> None:
        self._hooks: list[Hook] = []

    def add(self, hook: Hook) -> Callable[[], None]:
        """Register a callable; return what ends that, which may be called again."""
        self._hooks.append(hook)
        return lambda: self._hooks.remove(hook) if hook in self._hooks else None

    def __iter__(self) -> Iterator[Hook]:
        return iter(tuple(self._hooks))
