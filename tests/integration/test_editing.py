"""Texts under edit: checked, put in their place, joined with what others did, kept where they cannot be used."""

import json
from pathlib import Path
from typing import Any

import pytest

from gamesaves import CharacterProfile, SaveStore
from gamesaves.errors import (
    AlreadyExists,
    Conflict,
    FileProblem,
    InvalidDocument,
    InvalidValue,
    NewerFormat,
    NotFound,
    SavesError,
)
from gamesaves.rules.revisions import COUNTERS, content_hash
from gamesaves.services.editing import TextEdit
from tests.integration.stores import KARA, bytes_in, codes, document_of, edit, kept, profile_of, read, tree_hash
from tests.unit.systems import Faulty

OWN = '{\n "zeal": 3, "name": "Yuki",\n "character_class": "wizard" }'


def changed(data: bytes, **fields: Any) -> bytes:
    """Return a text with other values, as a person leaves it; `...` takes one away."""
    tree = {name: value for name, value in (json.loads(data) | fields).items() if value is not ...}
    return json.dumps(tree, ensure_ascii=False).encode()


def places(one: TextEdit, data: bytes) -> list[tuple[str, int | None]]:
    return [(problem.message.partition(": ")[0], problem.line) for problem in one.problems(data)]


@pytest.fixture
def kara(store: SaveStore) -> CharacterProfile:
    return store.profiles.save(store.presets.draft("kara_stormwind"))


def write(root: Path, name: str, text: str) -> Path:
    path = root / "presets" / "characters" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# Presets


def test_a_shipped_preset_is_edited_in_a_copy_and_nothing_is_written_before(store: SaveStore, root: Path) -> None:
    text = store.presets.edit("characters", "Zombie")
    assert (text.layer, text.path) == ("shipped", root / "presets" / "characters" / "zombie.json")
    assert not root.exists()
    done = text.install(changed(text.data, name="Slow Zombie"))
    assert (done.before["name"], done.after["name"]) == ("Zombie", "Slow Zombie")
    assert store.presets.get("zombie").name == "Slow Zombie"
    assert store.presets.edit("characters", "zombie").layer == "store"


def test_a_persons_own_preset_stays_byte_for_byte_what_they_wrote(store: SaveStore, root: Path) -> None:
    path = write(root, "yuki.json", OWN)
    mine = OWN.replace("3", "4").encode()
    store.presets.edit("characters", "yuki").install(mine)
    assert path.read_bytes() == mine
    store.undo()
    assert path.read_text() == OWN


def test_a_preset_that_cannot_be_used_is_edited_until_it_can(store: SaveStore, root: Path) -> None:
    path = write(root, "yuki.json", '{"name": "Yuki",\n "level": "three",\n "strength": -1}')
    text = store.presets.edit("characters", "yuki")
    assert text.problems(text.data)
    with pytest.raises(InvalidDocument) as caught:
        text.install(b'{"name": "Yuki",\n}')
    assert caught.value.path == str(path)
    assert path.read_bytes() == text.data
    text.install(b'{"name": "Yuki"}')
    assert store.presets.get("yuki").level == 1


def test_of_an_array_the_whole_file_is_edited_and_a_layer_below_gives_one_of_it(root: Path, tmp_path: Path) -> None:
    many = '[{"name": "Ugo"}, {"id": "iva", "name": "Iva", "zeal": 1}]'
    write(root, "many.json", many)
    store = SaveStore(root)
    text = store.presets.edit("characters", "iva")
    assert text.data == many.encode()
    assert text.problems(b'[{"name": "Ugo"}]')[0].message == "there is no preset 'iva' in it any more"
    text.install(many.replace("Iva", "Eva").encode())
    assert store.presets.get("iva").name == "Eva"
    other = SaveStore(tmp_path / "other", presets=root / "presets")
    copy = other.presets.edit("characters", "iva")
    assert json.loads(copy.data) == {"id": "iva", "name": "Eva", "zeal": 1}
    assert copy.path.name == "iva.json"


def test_comments_of_yaml_stay(store: SaveStore, root: Path) -> None:
    pytest.importorskip("yaml")
    path = write(root, "yuki.yaml", "# the quiet one\nname: Yuki\nlevel: 2\n")
    text = store.presets.edit("characters", "yuki")
    done = text.install(text.data.replace(b"2", b"3"))
    assert (done.before["level"], done.after["level"]) == (2, 3)
    assert path.read_text() == "# the quiet one\nname: Yuki\nlevel: 3\n"
    assert text.problems(b"name: [")


def test_what_others_did_to_a_preset_meanwhile_is_joined_or_told(store: SaveStore, root: Path) -> None:
    path = write(root, "yuki.json", OWN)
    text = store.presets.edit("characters", "yuki")
    edit(path, zeal=4)
    text.install(OWN.replace("Yuki", "雪女").encode())
    assert (read(path)["zeal"], read(path)["name"]) == (4, "雪女")
    text = store.presets.edit("characters", "yuki")
    edit(path, zeal=5, level=2)
    mine = changed(text.data, zeal=6)
    with pytest.raises(Conflict, match="zeal"):
        text.install(mine)
    assert read(path)["zeal"] == 5
    again = text.rebase(mine)
    assert (json.loads(again)["zeal"], json.loads(again)["level"]) == (6, 2)
    text.install(again)
    path.unlink()
    with pytest.raises(Conflict):
        text.install(mine)
    assert text.rebase(mine) == mine
    text.install(mine)
    assert path.read_bytes() == mine


def test_a_new_preset_has_every_field_of_its_kind_and_can_be_played(store: SaveStore) -> None:
    path = store.presets.new("characters", "yukionna", name="雪女")
    assert read(path)["name"] == "雪女"
    assert read(path).keys() >= {"character_class", "level", "strength", "attire", "inventory"}
    like = read(store.presets.new("characters", "tom", name="Old Tom", like="Zombie"))
    assert (like["name"], like["armor_class"], "id" in like) == ("Old Tom", 8, False)
    for kind in ("classes", "voices", "environments", "unlocks", "recommendations"):
        store.presets.new(kind, "plain", name="Plain")
        assert [one for one in store.presets.list(kind) if one.problem] == []
    assert read(store.presets.new("monsters", "slime", name="Slime")) == {"name": "Slime"}
    with store.campaigns.create("Snow", characters=["yukionna", "tom"]) as campaign:
        assert [one.name for one in campaign.characters.values()] == ["雪女", "Old Tom"]
    with pytest.raises(AlreadyExists) as caught:
        store.presets.new("characters", "zombie", name="Zombie")
    assert caught.value.hint == "Edit it: saves preset edit zombie"


# Profiles


def test_an_edited_profile_gets_the_next_revision_in_the_text_that_a_person_wrote(
    store: SaveStore, kara: CharacterProfile
) -> None:
    path = profile_of(store, kara.character_id)
    short = {"own": {"b": 1, "a": 2}, **{name: read(path)[name] for name in ("uid", "name", "character_id")}}
    path.write_text(json.dumps(short))
    text = store.profiles.edit("Kara Stormwind")
    text.install(changed(text.data, attire="銀の鎧"))
    tree = read(path)
    assert list(tree)[:5] == ["own", "uid", "name", "character_id", "attire"]
    assert tree.keys() >= {"revision", "previous"}
    assert tree.keys().isdisjoint({"race", "starting", "pose"}), "what was left out stays left out"
    assert (tree["attire"], tree["revision"], len(tree["previous"])) == ("銀の鎧", 2, 1)
    store.profiles.update(KARA, pose="waiting", starting={"strength": 18})
    assert list(read(path)["own"]) == ["b", "a"]
    assert list(read(path))[: len(tree)] == list(tree)
    assert list(read(path))[len(tree) :] == ["pose", "starting"]
    assert read(path)["starting"]["strength"] == 18
    store.undo()
    back = read(path)
    assert (back["revision"], len(back["previous"])) == (4, 3), "campaigns have copies of what came between"
    assert {name: value for name, value in back.items() if name not in COUNTERS} == short
    store.undo()
    assert (store.profiles.get(KARA).pose, store.profiles.get(KARA).revision) == ("waiting", 5)
    form = json.dumps(read(path), indent=7).encode()
    store.profiles.edit(KARA).install(form)
    assert path.read_bytes() == form


def test_what_makes_a_profile_that_person_cannot_be_edited(store: SaveStore, kara: CharacterProfile) -> None:
    text = store.profiles.edit(KARA)
    wrong = text.data.replace(kara.uid.encode(), b"another").replace(b'"revision": 1', b'"revision": 2')
    assert places(text, wrong) == [("uid", 4), ("revision", 5)]
    assert places(text, changed(text.data, name=" ", total_interactions=1)) == [("name", 1), ("total_interactions", 1)]
    assert places(text, changed(text.data, character_id="pc:other")) == [
        ("the id inside it is not 'pc:kara_stormwind', which its file name says", 1)
    ]
    assert places(text, changed(text.data, uid=...)) == [("uid", 1)]
    with pytest.raises(InvalidDocument):
        text.install(wrong)
    assert profile_of(store, KARA).read_bytes() == text.data


def test_a_profile_that_another_program_changed_meanwhile_is_never_overwritten(
    store: SaveStore, kara: CharacterProfile
) -> None:
    text = store.profiles.edit(kara.name)
    SaveStore(store.root).profiles.update(KARA, pose="at rest")
    text.install(changed(text.data, attire="A cloak"))
    both = store.profiles.get(KARA)
    assert (both.pose, both.attire, both.revision) == ("at rest", "A cloak", 3)
    text = store.profiles.edit(KARA)
    SaveStore(store.root).profiles.update(KARA, pose="running", gender="none")
    mine = changed(text.data, pose="asleep")
    with pytest.raises(Conflict, match="pose"):
        text.install(mine)
    assert store.profiles.get(KARA).pose == "running"
    text.install(text.rebase(mine))
    after = store.profiles.get(KARA)
    assert (after.pose, after.gender, after.revision) == ("asleep", "none", 5)


def test_a_broken_profile_is_mended(store: SaveStore, kara: CharacterProfile) -> None:
    path = profile_of(store, KARA)
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b'"base_level": 3', b'"base_level": three'))
    text = store.profiles.edit(KARA)
    assert len(text.problems(text.data)) == 1
    text.install(whole)
    assert store.profiles.get(KARA) == kara
    with pytest.raises(NotFound):
        store.profiles.edit("pc:nobody")


def test_a_preset_is_applied_again_but_for_what_is_the_persons_own(store: SaveStore, kara: CharacterProfile) -> None:
    store.profiles.portrait(KARA)
    mine = store.profiles.update(
        KARA, name="Kara the Bold", attire="Rags", race="elf", voice_id="nyx", base_level=9, starting={"strength": 3}
    )
    preset = store.presets.get("kara_stormwind")
    cls = store.presets.character_class(preset.character_class)
    tried = store.profiles.reapply(KARA, preset, cls, dry_run=True)
    assert store.profiles.get(KARA) == mine
    one = store.profiles.reapply(KARA, preset, cls, only=["attire"])
    assert (one.attire, one.race) == (kara.attire, "elf")
    after = store.profiles.reapply(KARA, preset, cls)
    assert content_hash(after) == content_hash(tried)
    assert (after.name, after.uid, after.portrait_path) == ("Kara the Bold", kara.uid, mine.portrait_path)
    assert (after.attire, after.race, after.base_level) == (kara.attire, kara.race, 3)
    assert after.voice_id == "nyx", "the preset names none"
    assert after.starting.strength == preset.strength
    assert after.starting.inventory.keys() >= preset.inventory.keys()
    assert store.profiles.reapply(KARA, preset, cls).revision == after.revision, "nothing is left to change"
    store.undo()
    assert content_hash(store.profiles.get(KARA)) == content_hash(one)
    with pytest.raises(InvalidValue, match="uid"):
        store.profiles.reapply(KARA, preset, cls, only=["uid"])


# Documents of campaigns


@pytest.fixture
def closed(store: SaveStore) -> str:
    with store.campaigns.create("Edits", characters=["kara_stormwind", "zombie"]) as campaign:
        campaign.add_scene("The Cave of 雪")
        with campaign.turn("Before") as turn:
            turn.character(KARA).take_damage(6)
            turn.document("map/level1")["doors"] = {"north": "shut"}
    return campaign.id


def test_a_document_is_found_by_what_people_call_it(store: SaveStore, closed: str) -> None:
    called = {
        f"characters/{KARA}": (
            "kara",
            KARA,
            "Kara Stormwind",
            f"characters/{KARA}",
            "characters/pc.kara_stormwind.json",
        ),
        "scenes/scene_001": ("scene_001", "cave", "the cave of 雪"),
        "documents/map/level1": ("map/level1", "level1"),
        "campaign_data": ("campaign_data",),
    }
    for key, names in called.items():
        for name in names:
            assert store.campaigns.edit(closed, name).key == key
    with pytest.raises(NotFound) as caught:
        store.campaigns.edit("Edits", "frodo")
    assert "characters/npc:zombie" in str(caught.value.hint)


def test_an_edit_of_a_closed_campaign_becomes_history(store: SaveStore, closed: str) -> None:
    text = store.campaigns.edit(closed, "kara")
    done = text.install(changed(text.data, hit_points_current=3, zeal=1))
    assert (done.before["hit_points_current"], done.after["hit_points_current"]) == (20, 3)
    with store.campaigns.open(closed) as campaign:
        assert (campaign.head.kind, campaign.problems) == ("external_edit", [])
        assert campaign.characters[KARA].hit_points_current == 3
        with campaign.turn("After") as turn:
            turn.character(KARA).heal(1)
        assert campaign.characters[KARA].model_dump()["zeal"] == 1
    assert done.notes == (f"To take it back: saves history restore {closed} 3",)
    assert kept(store) == {}


def test_a_key_that_a_text_leaves_out_is_named_before_anything_is_saved(store: SaveStore, closed: str) -> None:
    text = store.campaigns.edit(closed, "kara")
    before = tree_hash(store.root / closed)
    wrong = text.data.replace(b'"experience"', b'"experiance"').replace(b'  "level": 3,\n', b"")
    found = text.problems(wrong)
    assert [(one.severity, one.message, one.hint) for one in found] == [
        ("error", "`level` is missing", 'It cannot be taken away; to reset it, write "level": 1'),
        ("error", "`experience` is missing", "`experiance` is not known here: did you mean `experience`?"),
    ]
    assert found[1].line == 1 + wrong.decode().splitlines().index('  "experiance": 0,')
    with pytest.raises(InvalidDocument):
        text.install(wrong)
    assert tree_hash(store.root / closed) == before
    assert [one.message for one in text.problems(changed(text.data, name=..., schema_version=...))] == [
        "`name` is missing",
        "schema_version: it cannot be changed; it was 1",
    ]


def test_a_key_that_may_be_misspelt_where_there_was_none_is_asked_about(store: SaveStore, closed: str) -> None:
    bob = store.root / closed / "characters" / "npc.bob.json"
    bob.write_text('{"character_id": "npc:bob", "name": "Bob"}')
    text = store.campaigns.edit(closed, "bob")
    assert codes(text.install(changed(text.data, levle=4)).problems) == ["unknown_key"]


def test_what_a_document_may_not_say_is_named_with_its_place(store: SaveStore, closed: str) -> None:
    text = store.campaigns.edit(closed, "kara")
    before = tree_hash(store.root / closed)
    wrong = text.data.replace(b'"level": 3', b'"level": "three"').replace(b'"strength": 1', b'"strength": -1')
    lines = text.data.decode().splitlines()
    assert places(text, wrong) == [
        ("level", 1 + lines.index('  "level": 3,')),
        ("strength", 1 + lines.index('  "strength": 16,')),
    ]
    found = text.problems(changed(text.data, revision="9-12345678", character_id="pc:other"))
    assert [one.message.partition(";")[0] for one in found] == [
        "the id inside it is not the one that its file name says: pc:kara_stormwind",
        "revision: it cannot be changed",
    ]
    assert text.problems(b"{")[0].code == "invalid"
    assert text.problems(changed(text.data, schema_version=99))[0].code == "newer_format"
    with pytest.raises(InvalidDocument):
        text.install(wrong)
    data = store.campaigns.edit(closed, "campaign_data")
    assert places(data, changed(data.data, total_turns=99)) == [("total_turns", 1)]
    (other,) = data.problems(changed(data.data, campaign_id="campaign_other_abcd"))
    assert other.message == f"the id inside it is not the campaign's own: {closed}"
    assert tree_hash(store.root / closed) == before


def test_edits_that_lie_in_the_files_are_taken_in_first(store: SaveStore, closed: str) -> None:
    file = store.root / closed / "characters" / "pc.kara_stormwind.json"
    edit(file, hit_points_current=11)
    text = store.campaigns.edit(closed, "kara")
    assert json.loads(text.data)["hit_points_current"] == 11
    text.install(changed(text.data, hit_points_current=12))
    broken = b"{ 'level': 3 }"
    file.write_bytes(broken)
    text = store.campaigns.edit(closed, "kara")
    assert codes(text.found) == ["invalid"]
    assert json.loads(text.data)["hit_points_current"] == 12
    assert kept(store) == {file.name: broken}


def test_a_game_that_has_the_campaign_open_takes_the_edit_in(store: SaveStore, closed: str) -> None:
    with store.campaigns.open(closed) as campaign:
        text = SaveStore(store.root).campaigns.edit(closed, "kara")
        with campaign.turn("A blow") as turn:
            turn.character(KARA).take_damage(1)
        campaign.flush()
        done = text.install(changed(text.data, location="Cave"))
        assert "open in" in done.notes[0]
        with campaign.turn("Another") as turn:
            turn.character(KARA).take_damage(1)
        assert (campaign.characters[KARA].location, campaign.characters[KARA].hit_points_current) == ("Cave", 18)
        assert [event.kind for event in campaign.history(limit=2)] == ["external_edit", "turn"]

        text = SaveStore(store.root).campaigns.edit(closed, "kara")
        edit(document_of(campaign, "characters/pc.kara_stormwind"), location="Camp")
        with pytest.raises(Conflict, match="location"):
            text.install(changed(text.data, location="Keep"))
        text.install(text.rebase(changed(text.data, location="Keep")))
        document_of(campaign, "characters/pc.kara_stormwind").write_bytes(b"{ half")
        with pytest.raises(Conflict):
            text.install(changed(text.data, location="Moor"))
        text.install(text.rebase(changed(text.data, location="Moor")))
        assert b"{ half" in kept(store).values()
        with campaign.turn("Last") as turn:
            assert turn.character(KARA).location == "Moor"


def test_where_the_game_has_changed_the_same_the_game_is_right_and_the_edit_is_kept(
    store: SaveStore, closed: str
) -> None:
    text = store.campaigns.edit(closed, "kara")
    with store.campaigns.open(closed) as campaign, campaign.turn("A blow") as turn:
        turn.character(KARA).take_damage(1)
    done = text.install(changed(text.data, hit_points_current=3, location="Cave"))
    assert codes(done.problems) == ["edit_conflict"]
    assert (done.after["hit_points_current"], done.after["location"]) == (19, "Cave")
    gone = store.campaigns.edit(closed, "map/level1")
    with store.campaigns.open(closed) as campaign:
        assert campaign.head.data["conflicts"][0]["theirs"] == {"value": 3}
        with campaign.turn("It burns") as turn:
            turn.remove("map/level1")
    with pytest.raises(Conflict):
        gone.install(changed(gone.data, doors={}))


def test_a_file_that_changes_at_the_very_moment_is_not_overwritten(
    store: SaveStore, closed: str, faulty: Faulty
) -> None:
    file = store.root / closed / "characters" / "pc.kara_stormwind.json"
    with store.campaigns.open(closed) as campaign:
        text = SaveStore(store.root).campaigns.edit(closed, "kara")

        def meanwhile(call: str, path: str) -> None:
            if call == "flush" and file.name in path:
                edit(file, location="Camp")

        faulty.before = meanwhile
        with pytest.raises(Conflict):
            text.install(changed(text.data, location="Keep"))
        faulty.before = None
        with campaign.turn("Look") as turn:
            assert turn.character(KARA).location == "Camp"


def test_what_a_newer_version_has_written_is_not_edited(store: SaveStore, closed: str) -> None:
    edit(store.root / closed / "characters" / "pc.kara_stormwind.json", schema_version=99)
    before = tree_hash(store.root / closed)
    with pytest.raises(NewerFormat):
        store.campaigns.edit(closed, "kara")
    assert tree_hash(store.root / closed) == before


# Keeping


def test_a_text_that_is_not_used_is_kept_where_nothing_reads_it(store: SaveStore, closed: str, root: Path) -> None:
    edits: list[TextEdit] = [
        store.presets.edit("characters", "zombie"),
        store.profiles.edit(KARA),
        store.campaigns.edit(closed, "kara"),
    ]
    for text in edits:
        first, second = text.keep_beside(b"{ one"), text.keep_beside(b"{ two")
        assert (first.name, second.name) == (f"{text.path.name}.rejected", f"{text.path.name}.rejected-2")
        assert (first.read_bytes(), second.read_bytes(), first.parent) == (b"{ one", b"{ two", text.path.parent)
    assert store.check() == []
    assert [one.layer for one in store.presets.list() if one.id == "zombie"] == ["shipped"]
    before = bytes_in(root)
    with store.campaigns.open(closed) as campaign:
        assert campaign.problems == []
    assert bytes_in(root) == before


def test_where_nothing_can_be_written_nothing_is_changed(
    store: SaveStore, kara: CharacterProfile, faulty: Faulty
) -> None:
    edits: list[TextEdit] = [store.profiles.edit(kara.name), store.presets.edit("characters", "zombie")]
    before = bytes_in(store.root)
    faulty.fail("replace")
    for text in edits:
        with pytest.raises(SavesError) as caught:
            text.install(changed(text.data, name="Other"))
        assert isinstance(caught.value, FileProblem)
        with pytest.raises(FileProblem):
            text.keep_beside(text.data)
    faulty.mend()
    assert bytes_in(store.root) == before
