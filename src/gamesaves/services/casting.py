"""Who plays in a campaign: from presets, drafts and profiles to characters, and back to the profiles."""

from collections.abc import Sequence
from contextlib import suppress

from gamesaves.disk.jsontext import Tree
from gamesaves.disk.ledger import Ledger
from gamesaves.documents import CharacterInfo, CharacterPreset, CharacterProfile
from gamesaves.errors import Ambiguous, NotFound, Problem, SavesError
from gamesaves.rules.building import campaign_state
from gamesaves.rules.ownership import as_copied, copies, fading
from gamesaves.services.context import Context
from gamesaves.services.contracts import CHARACTERS, store_ids
from gamesaves.services.drafts import Draft
from gamesaves.services.index import PASSING, Index, Row
from gamesaves.services.presets import Presets
from gamesaves.services.profiles import Profiles


class Casting:
    """Turns whoever is named into a profile, and a profile into a character of a campaign.

    Args:
        ledger: of the campaign, once there is one: it may know profiles by other ids than the store does.
    """

    def __init__(self, context: Context, profiles: Profiles, presets: Presets, ledger: Ledger | None = None) -> None:
        self.presets = presets
        self._context = context
        self._profiles = profiles
        self._ledger = ledger

    def profile(self, who: str | CharacterPreset | CharacterProfile, *, name: str | None = None) -> CharacterProfile:
        """Return the profile of a preset, a draft, or a profile; a draft is saved.

        Args:
            who: an id with a kind (`pc:kara_smith`) is a profile's, one without is a preset's.
            name: a name of its own for the preset's character.

        Raises:
            NotFound: there is no such profile or preset.
        """
        if isinstance(who, CharacterProfile):
            return self._profiles.get(who.character_id)
        if isinstance(who, str) and ":" in who:
            return self._profiles.get(who)
        preset = self._draft(who) if isinstance(who, str) else who
        draft = preset if isinstance(preset, Draft) else Draft.of(preset)
        if name is not None:
            draft.name = name
        return self._profiles.save(draft, self.presets.character_class(draft.character_class))

    def _draft(self, name: str) -> Draft:
        try:
            return self.presets.draft(name)
        except NotFound as error:
            with suppress(NotFound, Ambiguous):
                error.hint = f"There is a profile of that name: {self._profiles.id_of(name)}"
            raise

    def enter(self, profile: CharacterProfile) -> CharacterInfo:
        """Return what a campaign begins with for this profile; one without a voice gets one, for good."""
        if profile.voice_id is None:
            pool = self.presets.voices()
            profile = self._profiles.give_voice(profile.character_id, pool)
        return campaign_state(profile, self.presets.character_class(profile.character_class), now=self._context.now())

    def profile_of(self, character: CharacterInfo) -> CharacterProfile | None:
        """Return the profile that a character's copies are from; None where it is not here.

        A profile of the same id but another `uid` is another person's and does not count.
        """
        wanted = character.profile_id or character.character_id
        return self._of_person(wanted, character.profile_uid)

    def has_profile(self, character: CharacterInfo) -> bool:
        """Whether the profile that a character refers to is here, under the id that this store knows it by."""
        wanted = character.profile_id
        trees = {} if self._ledger is None else self._ledger.state.trees
        return wanted is None or any(one in self._profiles for one in store_ids(trees, wanted))

    def _of_person(self, profile_id: str, uid: str | None) -> CharacterProfile | None:
        """Return the profile of one person, under the id that this store has given it or under its own."""
        trees = {} if self._ledger is None else self._ledger.state.trees
        for known_as in store_ids(trees, profile_id):
            profile = self._profiles.find(known_as)
            if profile is not None and profile.uid == uid:
                return profile
        return None

    def with_other_copies(self, ledger: Ledger, *, keeping: bool) -> list[str]:
        """Return the characters whose copies may not be as their profiles say, as document keys.

        No profile is read whose file is as it was when this was last asked.

        Args:
            keeping: write down what was found out of profiles.
        """
        trees = ledger.state.trees
        linked = {key: trees[key].get("profile_id") for key in ledger.keys(CHARACTERS)}
        known_as = {key: store_ids(trees, one)[0] for key, one in linked.items() if isinstance(one, str)}
        index = self._context.places.index / f"copies/{ledger.folder.name}.json"
        signatures = {one: (self._profiles.signature(one),) for one in known_as.values()}
        rows = Index(index, self._row, keeping=keeping).rows(signatures)
        return [key for key, one in known_as.items() if _may_differ(trees[key], rows[one])]

    def _row(self, profile_id: str) -> Row:
        try:
            profile = self._profiles.find(profile_id)
        except SavesError:
            # Named where the copies are looked at.
            return {PASSING: True}
        if profile is None:
            return {}
        return {"uid": profile.uid, "copies": copies(profile), "fading": fading(profile)}

    def credit(self, campaign_id: str, ledger: Ledger) -> Sequence[Problem]:
        """Add this campaign's interactions to the profiles' totals; return what could not be done.

        What is not added now is added when the campaign is next closed.
        """
        counts: dict[tuple[str, str | None], int] = {}
        for key in ledger.keys(CHARACTERS):
            tree = ledger.tree(key)
            profile_id, uid, count = (tree.get(name) for name in ("profile_id", "profile_uid", "interaction_count"))
            if profile_id and count:
                # Only the first id can be somebody else's: a mapping says so.
                profile_id = store_ids(ledger.state.trees, profile_id)[0]
                counts[profile_id, uid] = counts.get((profile_id, uid), 0) + count
        try:
            return list(self._profiles.credit(campaign_id, counts)) if counts else []
        except SavesError as error:
            return [error.as_problem("warning")]


def _may_differ(tree: Tree, row: Row) -> bool:
    said = row.get("copies")
    same = isinstance(said, dict) and as_copied(tree, row.get("uid"), said)
    return not same or tree.get("profile_state") in row.get("fading", ())
