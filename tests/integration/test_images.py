"""Pictures: stored once by content, told by their leading bytes, set aside when nobody shows them."""

from pathlib import Path

import pytest

from gamesaves import SaveStore
from gamesaves.errors import FileProblem, InvalidDocument, InvalidValue, NotAPicture, NotFound
from gamesaves.rules.portraits import portrait_prompt
from tests.integration.stores import (
    KARA,
    OTHER_PNG,
    PNG,
    PROFILES,
    bytes_in,
    kept,
    profile_of,
    read,
)

JPEG = b"\xff\xd8\xff\xe0" + b"jpeg" * 9
GIF = b"GIF89a" + b"gif" * 9
WEBP = b"RIFF\x00\x00\x00\x00WEBP" + b"webp" * 9


@pytest.fixture
def kara(store: SaveStore) -> str:
    return store.profiles.save(store.presets.draft("kara_stormwind")).character_id


def test_the_same_picture_is_stored_once_whoever_shows_it(store: SaveStore, kara: str) -> None:
    theron = store.profiles.save(store.presets.draft("theron_gearwright"))
    first = store.profiles.portrait(kara, picture=PNG)
    assert store.profiles.portrait(theron, picture=PNG) == first
    assert store.images.add(PNG, stem="something_else") == first
    assert [(one.path, one.used_by) for one in store.images.list()] == [(first, (kara, theron.character_id))]
    assert bytes_in(store.root / "images") == {Path(first).name: PNG}


@pytest.mark.parametrize(("data", "ending"), [(PNG, "png"), (JPEG, "jpg"), (GIF, "gif"), (WEBP, "webp")])
def test_a_picture_is_what_its_leading_bytes_say(store: SaveStore, tmp_path: Path, data: bytes, ending: str) -> None:
    misnamed = tmp_path / "Holiday in Ægir.txt"
    misnamed.write_bytes(data)
    path = store.images.add(misnamed)
    assert path.startswith("images/holiday_in_aegir-")
    assert path.endswith(f".{ending}")
    assert (store.root / path).read_bytes() == data
    assert misnamed.read_bytes() == data


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"<!DOCTYPE html><html></html>",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"GIF88a",
        b"\x89PNG",
        b"",
    ],
)
def test_what_is_no_picture_is_refused_whatever_its_name(store: SaveStore, kara: str, data: bytes) -> None:
    before = bytes_in(store.root)
    file = store.root.parent / "portrait.png"
    file.write_bytes(data)
    with pytest.raises(NotAPicture):
        store.images.add(file)
    with pytest.raises(NotAPicture):
        store.profiles.portrait(kara, picture=data)
    assert bytes_in(store.root) == before


def test_a_picture_that_is_not_there_is_named(store: SaveStore, tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as refused:
        store.images.add(tmp_path / "gone.png")
    assert refused.value.path == str(tmp_path / "gone.png")


def test_pictures_that_no_profile_shows_are_set_aside_and_can_be_put_back(store: SaveStore, kara: str) -> None:
    shown = store.profiles.portrait(kara, picture=PNG)
    more = store.images.add(JPEG, stem="more")
    store.profiles.update(kara, additional_images=[more])
    unused = store.images.add(OTHER_PNG, stem="unused")
    assert [one.path for one in store.images.prune(dry_run=True)] == [unused]
    assert len(store.images.list()) == 3
    assert [one.path for one in store.images.prune()] == [unused]
    assert [one.path for one in store.images.list()] == sorted([shown, more])
    assert kept(store) == {Path(unused).name: OTHER_PNG}
    note = next((store.root / ".saves").glob("*/recovered/*/note.json"))
    assert read(note)["home"] == unused
    assert store.images.prune() == []


def test_what_a_template_shows_is_not_set_aside(store: SaveStore, kara: str) -> None:
    path = store.images.add(PNG, stem="template")
    template = profile_of(store, "prof_pc:kara_stormwind")
    template.write_text(template.read_text().replace('"portrait_path": null', f'"portrait_path": "{path}"'))
    assert store.images.prune() == []
    assert store.images.list()[0].used_by == ("prof_pc:kara_stormwind",)
    assert kara not in store.images.list()[0].used_by


def test_nothing_is_set_aside_as_long_as_a_profile_cannot_be_read(store: SaveStore, kara: str) -> None:
    path = store.profiles.portrait(kara, picture=PNG)
    profile_of(store, kara).write_text("{")
    with pytest.raises(InvalidDocument) as refused:
        store.images.prune()
    assert refused.value.path == str(profile_of(store, kara))
    assert (store.root / path).is_file()


# Portraits


def test_attaching_a_portrait_touches_the_profile_and_nothing_else(store: SaveStore) -> None:
    with store.campaigns.create("Portraits", characters=["kara_stormwind", "zombie"]) as campaign:
        campaign.flush()
        before = bytes_in(store.root)
        path = store.profiles.portrait(KARA, picture=PNG)
        campaign.flush()
        after = bytes_in(store.root)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed == {path, f"{PROFILES}/pc.kara_stormwind.json"}


def test_a_portrait_of_an_unsaved_draft_is_attached_when_it_is_saved(store: SaveStore) -> None:
    draft = store.presets.draft("kara_stormwind")
    draft.name = "Kara Smith"
    path = store.profiles.portrait(draft)
    assert draft.portrait_path == path
    assert store.profiles.list() == [], "a portrait alone makes no profile"
    assert [image.used_by for image in store.images.list()] == [()]
    profile = store.profiles.save(draft)
    assert profile.portrait_path == path
    assert [image.used_by for image in store.images.list()] == [("pc:kara_smith",)]


def test_a_portrait_of_a_draft_reaches_the_profile_that_is_there_already(store: SaveStore, kara: str) -> None:
    old = store.profiles.portrait(kara, picture=PNG)
    draft = store.presets.draft("kara_stormwind")
    new = store.profiles.portrait(draft, picture=OTHER_PNG)
    assert store.profiles.get(kara).portrait_path == old
    assert store.profiles.save(draft).portrait_path == new


def test_a_draft_without_a_portrait_leaves_the_one_there_is(store: SaveStore, kara: str) -> None:
    path = store.profiles.portrait(kara, picture=PNG)
    draft = store.presets.draft("kara_stormwind")
    draft.pose = "asleep"
    assert store.profiles.save(draft).portrait_path == path


def test_the_built_in_portrait_is_a_picture_that_depends_on_who_it_is_only(store: SaveStore, kara: str) -> None:
    path = store.profiles.portrait(kara)
    assert path.startswith("images/kara_stormwind-")
    assert path.endswith(".png")
    assert (store.root / path).read_bytes().startswith(PNG[:8])
    assert store.profiles.portrait(kara) == path
    zombie = store.profiles.save(store.presets.draft("zombie"))
    assert store.profiles.portrait(zombie) != path


def test_a_games_own_generator_gets_the_words_composed_from_the_visual_fields(store: SaveStore, kara: str) -> None:
    prompts: list[str] = []

    def paint(prompt: str) -> bytes:
        prompts.append(prompt)
        return OTHER_PNG

    path = store.profiles.portrait(kara, generator=paint)
    profile = store.profiles.get(kara)
    assert prompts == [portrait_prompt(profile)]
    assert profile.attire is not None
    assert profile.attire.rstrip(".") in prompts[0]
    assert (profile.portrait_path, profile.portrait_prompt) == (path, prompts[0])
    assert (store.root / path).read_bytes() == OTHER_PNG


def test_a_generator_that_makes_no_picture_changes_nothing(store: SaveStore, kara: str) -> None:
    before = bytes_in(store.root)
    with pytest.raises(NotAPicture):
        store.profiles.portrait(kara, generator=lambda _: b"<svg/>")
    with pytest.raises(ZeroDivisionError):
        store.profiles.portrait(kara, generator=lambda _: bytes(1 // 0))
    with pytest.raises(InvalidValue):
        store.profiles.portrait(kara, generator=lambda _: PNG, picture=PNG)
    with pytest.raises(NotFound):
        store.profiles.portrait("pc:nobody", picture=PNG)
    assert bytes_in(store.root) == before


def test_enriched_shows_pictures_as_absolute_paths(store: SaveStore) -> None:
    with store.campaigns.create("Pictures", characters=["kara_stormwind"]) as campaign:
        assert campaign.enriched(KARA).portrait_file is None
        portrait = store.profiles.portrait(KARA, picture=PNG)
        more = store.images.add(JPEG, stem="more")
        store.profiles.update(KARA, additional_images=[more], portrait_url="https://game.example/kara")
        shown = campaign.enriched(KARA)
        assert shown.portrait_file == store.root / portrait
        assert shown.portrait_file.is_absolute()
        assert shown.additional_image_files == [store.root / more]
        assert shown.portrait_url == "https://game.example/kara"


@pytest.mark.parametrize("path", ["../secret.png", "/etc/hostname", "images/../../secret.png"])
def test_a_picture_outside_the_store_is_never_shown(store: SaveStore, path: str) -> None:
    (store.root.parent / "secret.png").write_bytes(PNG)
    with store.campaigns.create("Outside", characters=["kara_stormwind"]) as campaign:
        store.profiles.update(KARA, portrait_path=path, additional_images=[path])
        shown = campaign.enriched(KARA)
        assert shown.portrait_file is None
        assert shown.additional_image_files == []
    assert "outside_store" in {problem.code for problem in store.check()}


def test_a_link_that_leaves_the_store_is_never_shown(store: SaveStore) -> None:
    (store.root.parent / "secret.png").write_bytes(PNG)
    with store.campaigns.create("Outside", characters=["kara_stormwind"]) as campaign:
        (store.root / "images").mkdir()
        (store.root / "images" / "link.png").symlink_to(store.root.parent / "secret.png")
        store.profiles.update(KARA, portrait_path="images/link.png")
        assert campaign.enriched(KARA).portrait_file is None
