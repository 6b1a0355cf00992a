"""When a campaign is to be saved by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gamesaves.disk.log import Event
from gamesaves.services.contracts import TURNS


@dataclass(slots=True)
class Autosave:
    """Counts turns and minutes since the last time.

    Attributes:
        turns, minutes: after how many a save is due; None where that does not count.
        since: when it was saved the last time, or begun to count.
    """

    turns: int | None
    minutes: float | None
    since: datetime
    taken: int = 0

    def with_turn(self, event: Event) -> bool:
        """Take note of an event; return whether a save is due with it, in which case counting begins anew."""
        if event.kind not in TURNS:
            return False
        self.taken += 1
        now = datetime.fromisoformat(event.at)
        late = self.minutes is not None and now - self.since >= timedelta(minutes=self.minutes)
        if not late and (self.turns is None or self.taken < self.turns):
            return False
        self.taken, self.since = 0, now
        return True
