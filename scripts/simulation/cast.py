"""Who plays in the simulated world, when they sit down, and which of them are killed in the middle."""

from dataclasses import dataclass
from typing import Literal

WORLD = "The Old Forest"
PLAYER = "Noa"
UNLOCK = "complex_characters"
SETTING = {
    "locations": {
        "forest": {"name": "The old forest", "guardian": "awake"},
        "village": {"name": "Millbrook"},
        "glade": {"name": "The hidden glade", "open": False},
    },
    "npcs": {"mara": {"name": "Mara, the miller"}},
    "factions": {"villagers": {"mood": "afraid"}},
}

Moment = Literal["within", "after"]
"""When a process is killed: within a turn that is open, or right after its commit, before anything else is done."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """One sitting: a process of its own, two if it is killed.

    Attributes:
        minutes: how long is played, by the clock that the game is given.
        killed: at which of its turns the process is killed, and when.
    """

    turns: int
    minutes: int
    killed: tuple[int, Moment] | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody who is played.

    Attributes:
        preset: the preset that they are made from.
        begins: the tick at which they come into the world; each turn takes them one further.
    """

    name: str
    preset: str
    begins: int
    sittings: tuple[Sitting, ...]

    @property
    def character_id(self) -> str:
        """Their id in campaigns."""
        return f"pc:{self.name.lower()}"

    @property
    def campaign(self) -> str:
        """The title of the story they are played in."""
        return f"{self.name} in the Old Forest"

    @property
    def turns(self) -> int:
        """The turns of all sittings."""
        return sum(one.turns for one in self.sittings)

    @property
    def ends(self) -> int:
        """The tick they have come to in the end."""
        return self.begins + self.turns


ALEX = Role(
    "Alex",
    "kara_stormwind",
    0,
    (Sitting(30, 30), Sitting(30, 45), Sitting(40, 60, (17, "within")), Sitting(25, 30), Sitting(25, 45)),
)
JORDAN = Role("Jordan", "theron_gearwright", 0, (Sitting(30, 30), Sitting(30, 30, (14, "after")), Sitting(27, 27)))
SAM = Role(
    "Sam", "aria_silverleaf", 30, (Sitting(30, 40), Sitting(30, 40), Sitting(30, 40, (6, "within")), Sitting(30, 40))
)
ROBIN = Role("Robin", "gorak_the_brutal", 150, (Sitting(10, 15),))
ROLES = {one.name: one for one in (ALEX, SAM, JORDAN, ROBIN)}

ROUNDS = ((ALEX, JORDAN), (ALEX, SAM), (ALEX, JORDAN), (SAM, JORDAN), (SAM, ALEX), (SAM,), (ALEX,), (ROBIN,))
"""Who sits down when; those of one round play at the same time."""
