"""Names as people type them, for characters and campaigns."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gamesaves import Draft, SaveStore
from gamesaves.disk import files
from gamesaves.documents import CharacterPreset
from gamesaves.errors import InvalidName, NotFound
from gamesaves.ids import is_id
from tests.integration.stores import PROFILES, Clock, Quick, bytes_in, codes

GOOD = [
    "李小龍",
    "Ægir",
    "ægir",
    "CON",
    "con.txt",
    "LPT1",
    "..",
    ".",
    "a/b",
    "a\\b",
    "../../etc/passwd",
    "C:\\Windows",
    "~",
    "x" * 300,
    "x" * 299 + "y",
    "Kara",
    "KARA",
    "kara",
    "🐉",
    "🐉🐉",
    "pc:kara",
    "a:b:c",
    "*?<>|\"'",
    "%2e%2e",
    "-rf",
    "null",
    "Zoë",  # one letter
    "Zoe\u0308",  # a letter and a mark
    "  padded  ",
    "\u202egnidaer",
    "campaign_",
    "prof_pc:kara",
    "0",
]
BAD = ["", "   ", "\n", "Kara\nSmith", "tab\tbed", "\0", "\x7f", "\u200b", "\ud800", "\u0085"]


def names_outside(root: Path) -> set[str]:
    return {path.name for path in root.parent.iterdir()} - {root.name}


def test_every_name_a_person_types_gets_an_id_of_its_own_inside_the_store(store: SaveStore, root: Path) -> None:
    profiles = {name: store.profiles.save(Draft.of(CharacterPreset(name=name))) for name in GOOD}
    ids = {profile.character_id for profile in profiles.values()}
    assert len(ids) == len(GOOD), "none collides"
    assert all(is_id(one) and len(one) <= 60 for one in ids)
    names = [path.name for path in (root / PROFILES).iterdir()]
    assert len({name.casefold() for name in names}) == len(GOOD), "nor on systems that do not tell case apart"
    assert all(re.fullmatch(r"pc\.[a-z0-9_-]+\.json", name) for name in names)
    assert names_outside(root) == set()
    for name, profile in profiles.items():
        assert store.profiles.get(profile.character_id).name == name
    assert {one.name for one in store.profiles.list()} == set(GOOD)
    assert store.check() == []


def test_a_name_is_kept_as_it_was_typed(store: SaveStore) -> None:
    with store.campaigns.create("「雨」\u2028と🎲", characters=[CharacterPreset(name="Zoe\u0308")]) as campaign:
        assert campaign.title == "「雨」\u2028と🎲"
        assert campaign.party[0].name == "Zoe\u0308"
    with store.campaigns.open(campaign.id) as again:
        assert again.title == "「雨」\u2028と🎲"
        assert again.party[0].name == "Zoe\u0308"


@pytest.mark.parametrize("title", GOOD)
def test_every_title_gets_a_campaign_of_its_own_inside_the_store(store: SaveStore, root: Path, title: str) -> None:
    campaigns = [store.campaigns.create(title) for _ in range(2)]
    for campaign in campaigns:
        assert re.fullmatch(r"campaign_[a-z0-9_-]+", campaign.id)
        assert campaign.folder == root / campaign.id
        assert campaign.folder.is_dir()
        assert campaign.title == title
        campaign.close()
    assert campaigns[0].id != campaigns[1].id
    assert names_outside(root) == set()
    assert [one.title for one in store.campaigns.list()] == [title, title]
    assert codes(store.check()) == []


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_cannot_be_seen_or_typed_is_refused_and_nothing_is_written(
    store: SaveStore, root: Path, name: str
) -> None:
    with store.campaigns.create("There", characters=["kara_stormwind"]) as campaign:
        campaign.flush()
        before = bytes_in(root)
        for use in (
            lambda: store.campaigns.create(name),
            lambda: store.profiles.save(Draft.of(CharacterPreset(name=name))),
            lambda: store.campaigns.create("Fine", characters=[CharacterPreset(name=name)]),
            lambda: store.profiles.rename("pc:kara_stormwind", name),
            lambda: campaign.rename(name),
            lambda: campaign.add_character("zombie", name=name) if name else store.campaigns.create(name),
        ):
            with pytest.raises(InvalidName) as refused:
                use()
            assert refused.value.hint is not None
        campaign.flush()
        after = {path: data for path, data in bytes_in(root).items() if "prof_" not in path}
        assert after == {path: data for path, data in before.items() if "prof_" not in path}
    assert [one.title for one in store.campaigns.list()] == ["There"]


def test_names_that_differ_in_case_alone_are_two_people_and_each_is_found(store: SaveStore) -> None:
    first = store.profiles.save(Draft.of(CharacterPreset(name="Kara")))
    second = store.profiles.save(Draft.of(CharacterPreset(name="KARA")))
    assert (first.character_id, second.character_id) == ("pc:kara", "pc:kara_2")
    with store.campaigns.create("Both", characters=[first, second]) as campaign:
        with campaign.turn() as turn:
            turn.character("pc:kara").take_damage(1)
            turn.character("pc:kara_2").take_damage(2)
        assert [one.hit_points_current for one in campaign.party] == [7, 6]
        assert campaign.enriched(second).name == "KARA"


def test_a_device_name_of_windows_gets_a_file_name_that_windows_takes(store: SaveStore) -> None:
    with store.campaigns.create("nul", characters=[CharacterPreset(name="aux")]) as campaign:
        scene = campaign.add_scene("con", scene_id="con")
        with campaign.turn() as turn:
            turn.document("prn/lpt1")["x"] = 1
    with store.campaigns.open(campaign.id) as again:
        assert again.problems == []
        assert again.scenes["con"] == scene
        assert again.document("prn/lpt1")["x"] == 1
        assert again.party[0].character_id == "pc:aux"
    devices = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
    assert not [path for path in store.root.rglob("*") if devices.fullmatch(path.name.partition(".")[0])]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=60) | st.sampled_from(GOOD + BAD))
def test_any_text_is_a_name_or_clearly_refused(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    base = tmp_path_factory.mktemp("any")
    root = base / "saves"
    with files.using(Quick()), SaveStore(root, clock=Clock()) as store:
        try:
            profile = store.profiles.save(Draft.of(CharacterPreset(name=name)))
        except InvalidName:
            assert not (root / PROFILES).exists()
            with pytest.raises(InvalidName):
                store.campaigns.create(name)
            return
        assert store.profiles.get(profile.character_id).name == name
        with store.campaigns.create(name, characters=[profile]) as campaign:
            assert campaign.id_of(name) == profile.character_id
        assert store.campaigns.open(name).close() is None  # type: ignore[func-returns-value]
        assert [path.name for path in base.iterdir()] == ["saves"]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=30) | st.sampled_from(GOOD + BAD))
def test_looking_for_any_text_finds_something_or_says_that_there_is_nothing(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    store = SaveStore(tmp_path_factory.getbasetemp() / "nothing there")
    for look in (store.profiles.get, store.campaigns.open, store.campaigns.remove, store.presets.get):
        with pytest.raises(NotFound):
            look(name)
    assert store.profiles.find(name) is None
    assert store.campaigns.find(name) is None
    assert not store.root.exists()
