"""`saves demo`: a short story that shows what is kept where."""

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import finding, listing, tree
from gamesaves.cli.base import Command, Settings
from gamesaves.cli.output import Answer, say
from gamesaves.cli.text import Line, Piece
from gamesaves.errors import AlreadyExists, InvalidValue

if TYPE_CHECKING:
    from gamesaves.services.campaign import Campaign
    from gamesaves.services.drafts import Draft
    from gamesaves.store import SaveStore

FOLDER = "saves-demo"
MARK = "demo"
_NOTES = {
    "character_profiles": "who somebody is, for all campaigns",
    "prof_pc.kara_stormwind.json": "the template: never changed by play",
    "character_profiles/pc.kara_smith.json": "the profile",
    "images": "each picture once",
    "campaign_data.json": "what the story is",
    "characters": "what happened to whom, in this campaign",
    "log.jsonl": "the truth: one line for each commit",
    ".saves": "locks, and what was set aside",
}


@click.command(cls=Command, example="saves demo ./saves-demo")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.pass_obj
def demo(settings: Settings, path: Path | None) -> Answer:
    """Play a short story into a store, to look at.

    The store is the folder PATH, else ./saves-demo. The folder is new or empty, or has a demo in it already: then the
    story is played once more beside it.
    """
    root = (path or Path(settings.store or FOLDER)).absolute()
    with finding.made(root) as store:
        _require_no_saves(store)
        story = Story(store, lambda line: say(line, settings))
        story.tell()
        data = {
            "path": str(root),
            "campaigns": story.campaigns,
            "profile": story.profile,
            "portrait_file": str(story.portrait),
        }
        lines: list[Line] = ["", *listing.lines_of(store.campaigns.list()), ""]
    lines += tree.drawn(root, _NOTES, closed=frozenset({".saves"}))
    lines += ["", [Piece("Go on: ", "dim"), f"saves --store {shlex.quote(_short(root))} play {story.campaigns[0]}"]]
    return Answer(data, lines, brief=[str(root)])


def _short(root: Path) -> str:
    return str(root.relative_to(Path.cwd())) if root.is_relative_to(Path.cwd()) else str(root)


def _require_no_saves(store: "SaveStore") -> None:
    """Refuse a store that somebody keeps saves of their own in."""
    if finding.is_store(store.root) and not any(MARK in one.tags for one in store.campaigns.list()):
        hint = f"Give a new folder: saves demo {shlex.quote(f'{store.root}-2')}"
        raise AlreadyExists("this store is not a demo's; it is left alone", path=store.root, hint=hint)


class Story:
    """The story, told as it is played.

    Attributes:
        campaigns: the ids of the two campaigns, once they are there.
        profile: the id of the profile that both share.
        portrait: its portrait.
    """

    def __init__(self, store: "SaveStore", say: Callable[[Line], None]) -> None:
        self.campaigns: list[str] = []
        self.profile = ""
        self.portrait = Path()
        self._store = store
        self._say = say
        self._step = 0

    def tell(self) -> None:
        """Play all of it."""
        self._say(["A store in ", Piece(str(self._store.root), "cyan")])
        kara = self._draft()
        with self._begin("The Lost Kingdom", kara) as kingdom:
            self._profile_is_there(kingdom)
            self._wound_kara(kingdom)
            with self._begin("The Drowned Bell", self.profile) as bell:
                self._grow_up(bell, kingdom)
                self._zombie(kingdom)
                self._fail(kingdom)
                self._edit_profile(kingdom, bell)
            self._history(kingdom)

    def _head(self, text: str) -> None:
        self._step += 1
        self._say("")
        self._say(Piece(f"{self._step}. {text}", "bold"))

    def _tell(self, *parts: str) -> None:
        self._say(["   ", *parts])

    def _file(self, path: Path) -> Piece:
        return Piece(path.relative_to(self._store.root).as_posix(), "cyan")

    def _sheet(self, campaign: "Campaign", who: str) -> Path:
        return campaign.folder / "characters" / f"{who.replace(':', '.')}.json"

    def _draft(self) -> "Draft":
        self._head("Somebody to play: a preset, with a name and clothes of her own")
        kara = self._store.presets.draft("kara_stormwind")
        template = self._store.root / "character_profiles" / "prof_pc.kara_stormwind.json"
        self._tell("The preset kara_stormwind leaves a template: ", self._file(template))
        kara.name, kara.attire = "Kara Smith", "Silver-trimmed plate armor"
        self.portrait = self._store.root / self._store.profiles.portrait(kara)
        self._tell("The draft is called Kara Smith, and gets a portrait: ", self._file(self.portrait))
        return kara

    def _begin(self, title: str, who: Any) -> "Campaign":
        campaign = self._store.campaigns.create(title, characters=[who])
        campaign.tag(MARK)
        self.campaigns.append(campaign.id)
        return campaign

    def _profile_is_there(self, campaign: "Campaign") -> None:
        self.profile = campaign.party[0].character_id
        name = f"{self.profile.replace(':', '.')}.json"
        self._head(f"A campaign begins: {campaign.title}")
        self._tell("Who she is:           ", self._file(self._store.root / "character_profiles" / name))
        self._tell("What happens to her:  ", self._file(self._sheet(campaign, self.profile)))

    def _state(self, campaign: "Campaign", who: str) -> str:
        one = campaign.characters[who]
        return f"{one.name}, level {one.level}: {one.hit_points_current} of {one.hit_points_max} hit points"

    def _wound_kara(self, campaign: "Campaign") -> None:
        with campaign.turn("The goblin strikes back") as turn:
            turn.character(self.profile).take_damage(11)
            turn.say(self.profile, "Was that all?")
        self._tell("A turn, flushed to ", self._file(campaign.folder / "log.jsonl"), " before it returns:")
        self._tell("  ", self._state(campaign, self.profile))

    def _grow_up(self, bell: "Campaign", kingdom: "Campaign") -> None:
        self._head(f"The same profile in another campaign: {bell.title}")
        with bell.turn("Years later") as turn:
            kara = turn.character(self.profile)
            kara.level_up(10)
            kara.hit_points_max = kara.hit_points_current = 105
        with bell.turn("Dragon breath") as turn:
            turn.character(self.profile).take_damage(20)
        for campaign in (bell, kingdom):
            self._tell(f"{campaign.title:<18}{self._state(campaign, self.profile)}")
        seen = {campaign.enriched(self.profile).portrait_file for campaign in (bell, kingdom)}
        self._tell("One portrait in both: ", *(self._file(path) for path in seen if path is not None))

    def _zombie(self, campaign: "Campaign") -> None:
        self._head("A zombie, wounded")
        zombie = campaign.add_character("zombie").character_id
        with campaign.turn("A blow with the longsword") as turn:
            turn.character(zombie).take_damage(8)
        self._tell(self._state(campaign, zombie), "  ", self._file(self._sheet(campaign, zombie)))

    def _fail(self, campaign: "Campaign") -> None:
        self._head("A turn that fails in the middle changes nothing")
        before = campaign.seq
        try:
            with campaign.turn("Too much at once") as turn:
                turn.character(self.profile).take_damage(9)
                turn.character(self.profile).drop_item("a second dragon")
        except InvalidValue as error:
            self._tell(f"She takes 9 damage, then: {error.message}")
        self._tell(f"{self._state(campaign, self.profile)}; event {before} before, {campaign.seq} after")

    def _edit_profile(self, *campaigns: "Campaign") -> None:
        self._head("An edit of the profile shows in every campaign at once")
        self._store.profiles.update(self.profile, facial_expression="deadly calm")
        for campaign in campaigns:
            shown = campaign.enriched(self.profile)
            self._tell(f"{campaign.title:<18}{shown.name}, {shown.facial_expression}")

    def _history(self, campaign: "Campaign") -> None:
        self._head(f"What has happened in {campaign.title}")
        for event in campaign.history():
            self._tell(f"{event.seq:>3}  {event.kind:<8}{event.note or ''}")
