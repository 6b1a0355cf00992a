"""Profiles: who characters are, in all campaigns. Frozen values; a change writes a new one in the place of the old."""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from gamesaves.disk import files
from gamesaves.disk.files import Signature
from gamesaves.documents import CharacterPreset, CharacterProfile, ClassPreset, VoicePreset
from gamesaves.documents.appearance import VISUAL_FIELDS
from gamesaves.errors import InvalidValue, NotFound, Problem, SavesError
from gamesaves.ids import free_id, is_id, numbered, slug
from gamesaves.rules.building import profile_from, reapplied
from gamesaves.rules.emblem import emblem_png
from gamesaves.rules.portraits import portrait_prompt
from gamesaves.rules.revisions import next_revision, with_edit_counted
from gamesaves.rules.voices import choose_voice
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context
from gamesaves.services.drafts import Draft
from gamesaves.services.images import Images
from gamesaves.services.lookup import folded, look_up
from gamesaves.services.profilecache import ProfileCache
from gamesaves.services.profileediting import FIXED, REAPPLY, ProfileEdit
from gamesaves.services.profilefiles import TEMPLATE_KIND, ProfileStorage, ProfileSummary, listed, profile_in
from gamesaves.services.validation import changed, storable_values


class PortraitGenerator(Protocol):
    """Makes portraits for a game: from words to the bytes of a PNG, JPEG, GIF or WebP."""

    def __call__(self, prompt: str, /) -> bytes:
        """Return a picture of what `prompt` describes."""


class Profiles:
    """The profiles of a store, and a bounded cache of those read last."""

    def __init__(self, context: Context, images: Images) -> None:
        self._context = context
        self._images = images
        self._cache = ProfileCache()
        self._files = ProfileStorage(context, self.noticed)

    # Reading

    def get(self, character_id: str) -> CharacterProfile:
        """Return a profile, by its id or the character's name.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, has that name.
            InvalidDocument, NewerFormat: its file cannot be used; it stays as it is.
        """
        profile = self.find(character_id)
        return self._read(self.id_of(character_id)) if profile is None else profile

    def find(self, character_id: str) -> CharacterProfile | None:
        """Return the profile with exactly this id; None where there is none.

        Raises:
            InvalidDocument, NewerFormat: its file cannot be used.
        """
        try:
            return self._read(character_id)
        except NotFound:
            return None

    def __contains__(self, character_id: object) -> bool:
        return self.signature(str(character_id)) is not None

    def signature(self, character_id: str) -> Signature | None:
        """Return what the system says of a profile's file, by which a change is seen; None where there is none."""
        return self._files.located(character_id)[1] if is_id(character_id) else None

    def id_of(self, name: str) -> str:
        """Return the id that a name means; see `get`."""
        return look_up("profile", name, {one.character_id: one.name for one in self.list()})

    def _read(self, character_id: str) -> CharacterProfile:
        if not is_id(character_id):
            raise NotFound("profile", character_id)
        path, signature = self._files.located(character_id)
        known = self._cache.get(character_id, signature)
        if known is not None:
            return known
        data = None if signature is None else files.read_if_there(path)
        if signature is None or data is None:
            self._cache.forget(character_id)
            raise NotFound("profile", character_id)
        profile = profile_in(data, path, character_id)
        return self._cache.keep(profile, signature)

    def noticed(self, character_id: str) -> None:
        """Take note that a profile's file has changed, whoever has changed it; may be called on any thread.

        The next who asks reads it anew, and campaigns of this store that are open refresh their copies with their next
        turn.
        """
        self._cache.forget(character_id)
        for one in self._context.opened:
            one.noticed(character_id)

    def _from_disk(self, character_id: str) -> CharacterProfile:
        """Return what the file says, whatever a game has done to the inside of the value that it was handed."""
        self._cache.forget(character_id)
        return self._read(character_id)

    def list(self, *, templates: bool = False) -> list[ProfileSummary]:
        """Return the profiles, sorted by id; one that cannot be used is listed with its problem.

        Args:
            templates: return the templates, which presets have left, instead.
        """
        return listed(self._context, templates=templates)

    # Writing; everything below is called with the global lock held, or takes it.

    def write_template(self, draft: Draft, class_preset: ClassPreset | None) -> None:
        """Write the template of a preset, once: its name and defaults, the visual fields null."""
        assert draft.id is not None
        template_id = f"{TEMPLATE_KIND}{draft.kind}:{slug(draft.id)}"
        if files.exists(self._files.path(template_id)):
            return
        blank = CharacterPreset.model_validate(draft.model_dump() | dict.fromkeys(VISUAL_FIELDS))
        uid = secrets.token_hex(16)
        template = profile_from(blank, class_preset, character_id=template_id, uid=uid, now=self._context.now())
        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS):
            if not files.exists(self._files.path(template_id)):
                self._files.add(template)

    def save(self, draft: Draft, class_preset: ClassPreset | None = None) -> CharacterProfile:
        """Write a draft as a profile, and return it.

        Under the name of the profile that it, or its preset, has already, that profile gets what was edited; under
        another name it is a new one. Where the id is taken by somebody else it gets `_2`: nobody is overwritten.
        """
        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS), storable_values():
            wanted = f"{draft.kind}:{slug(draft.name)}"
            same, now = self._same_person(draft, wanted), self._context.now()
            if same is not None:
                profile = self._files.revise(
                    same.character_id, lambda before: next_revision(before, draft.edits(before, class_preset, now))
                )
            else:
                character_id = free_id(wanted, self)
                profile = draft.profile(class_preset, character_id=character_id, uid=secrets.token_hex(16), now=now)
                profile = self._files.add(profile)
        draft.became(profile.character_id)
        return profile

    def _same_person(self, draft: Draft, wanted: str) -> CharacterProfile | None:
        """Return the profile that the draft has become, or the one of its preset with this name, numbered or not."""
        known = None if draft.character_id is None else self.find(draft.character_id)
        if known is not None and folded(known.name) == folded(draft.name):
            return known
        for character_id in numbered(wanted):
            known = None if draft.id is None else self.find(character_id)
            if known is None:
                return None
            if known.preset_id == draft.id and folded(known.name) == folded(draft.name):
                return known
        return None

    def update(self, character_id: str, /, **fields: Any) -> CharacterProfile:
        """Change fields of a profile, and return it as it is then.

        Raises:
            NotFound: there is no such profile.
            InvalidValue: there is no such field, it cannot be set, or the value does not fit.
            InvalidName: the name has no character that can be seen.
        """
        if isinstance(fields.get("name"), str):
            slug(fields["name"])
        return self._update(character_id, lambda profile: changed(profile, fields, fixed=frozenset(FIXED)))

    def give_voice(self, character_id: str, pool: Sequence[VoicePreset]) -> CharacterProfile:
        """Give a character the voice that suits it best and is used least, for good, and return its profile.

        One that has a voice keeps it, also where another program has given it just now.

        Raises:
            NotFound: there is no such profile.
        """

        def change(profile: CharacterProfile) -> CharacterProfile:
            in_use = [one.voice_id for one in self.list() if one.voice_id]
            voice = choose_voice(pool, in_use, profile.voice_archetype, profile.gender, profile.character_id)
            return profile if profile.voice_id or voice is None else changed(profile, {"voice_id": voice})

        return self._update(character_id, change)

    def edit(self, who: str) -> ProfileEdit:
        """Return the text of a profile to be edited, also of one that cannot be used as it is.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, has that name.
        """
        return ProfileEdit(self._context, self._files, who if who in self else self.id_of(who))

    def reapply(
        self,
        character_id: str,
        preset: CharacterPreset,
        class_preset: ClassPreset | None = None,
        *,
        only: Sequence[str] | None = None,
        dry_run: bool = False,
    ) -> CharacterProfile:
        """Give a profile again what its preset says, and return it as it is then.

        Who it is stays: name, id and portrait. So does what the preset leaves open.

        Args:
            only: fields; the others stay as they are.
            dry_run: change nothing.

        Raises:
            NotFound: there is no such profile.
            InvalidValue: one of `only` is no field that a preset gives.
        """

        def change(profile: CharacterProfile) -> CharacterProfile:
            fields = reapplied(profile, preset, class_preset, only)
            return changed(profile, fields)

        if dry_run:
            return change(self._from_disk(self.get(character_id).character_id))
        return self._update(character_id, change, verb=REAPPLY)

    def rename(self, character_id: str, name: str) -> CharacterProfile:
        """Give a character another name; the id, which campaigns refer to, stays."""
        return self.update(character_id, name=name)

    def _update(self, character_id: str, change: Any, *, verb: str | None = None) -> CharacterProfile:
        def revised(before: CharacterProfile) -> CharacterProfile:
            after: CharacterProfile = change(before)
            return next_revision(before, {name: getattr(after, name) for name in CharacterProfile.model_fields})

        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS), storable_values():
            return self._files.revise(self.get(character_id).character_id, revised, verb=verb)

    def credit(self, campaign_id: str, counts: Mapping[tuple[str, str | None], int]) -> Sequence[Problem]:
        """Add a campaign's interactions to the profiles' totals: once, however often it is told.

        A profile keeps the count of each campaign, so that telling it again adds nothing. Profiles that are not there
        are passed over, as are those of another person: a campaign can be played without them.

        Args:
            counts: by the profile's id and `uid`.

        Returns:
            What kept a profile from being counted; the others are.
        """
        problems = []
        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS):
            for (character_id, uid), count in counts.items():
                try:
                    self._credit(campaign_id, character_id, uid, count)
                except SavesError as error:
                    problems.append(error.as_problem("warning"))
        return problems

    def _credit(self, campaign_id: str, character_id: str, uid: str | None, count: int) -> None:
        def credited(profile: CharacterProfile) -> CharacterProfile:
            known = profile.interactions.get(campaign_id, 0)
            if profile.uid != uid or count <= known:
                return profile
            update = {
                "interactions": {**profile.interactions, campaign_id: count},
                "total_interactions": profile.total_interactions + count - known,
            }
            return with_edit_counted(profile).model_copy(update=update)

        profile = self.find(character_id)
        if profile is not None and credited(profile) is not profile:
            self._files.revise(character_id, credited)

    # Portraits

    def portrait(
        self,
        who: str | CharacterProfile | Draft,
        *,
        picture: bytes | Path | None = None,
        generator: PortraitGenerator | None = None,
    ) -> str:
        """Give somebody a portrait and return its path, relative to the store.

        It is stored once, whoever shows it. A profile is updated, and with it every campaign; a draft keeps it until
        it becomes a profile.

        Args:
            picture: the bytes of a picture to use, or its file.
            generator: what makes one of the prompt; without either an emblem is drawn.

        Raises:
            NotAPicture: it is no picture of a kind that is accepted.
            FileProblem: its file cannot be read.
        """
        one = self.get(who) if isinstance(who, str) else who
        prompt = one.portrait_prompt or portrait_prompt(one)
        if picture is not None and generator is not None:
            raise InvalidValue("give a picture or a generator, not both", hint="Leave one of them out.")
        if picture is None:
            picture = generator(prompt) if generator else emblem_png(f"{one.name}\n{one.character_class}")
        path = self._images.add(picture, stem=slug(one.name))
        if isinstance(one, Draft):
            one.has_portrait(path)
        else:
            self.update(one.character_id, portrait_path=path, portrait_prompt=prompt)
        return path
