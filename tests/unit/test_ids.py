"""Ids, slugs and the file names that stand for ids."""

import re
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamesaves.errors import InvalidName
from gamesaves.ids import SLUG_LENGTH, file_stem, free_id, id_of_stem, is_id, require_id, slug

DEVICES: Final = ["con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))]

_devices = st.builds(lambda name, tail: name + tail, st.sampled_from(DEVICES), st.text("_", max_size=3))
_names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,9}", fullmatch=True) | _devices
_kinds = st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True) | _devices
ids = _names | st.builds(lambda kind, name: f"{kind}:{name}", _kinds, _names)


@given(ids)
def test_an_id_comes_back_from_its_file_name(identifier: str) -> None:
    assert is_id(identifier)
    assert id_of_stem(file_stem(identifier)) == identifier


@given(st.lists(ids, min_size=2, unique=True))
def test_different_ids_have_different_file_names_on_case_blind_systems_too(identifiers: list[str]) -> None:
    assert len({file_stem(one).casefold() for one in identifiers}) == len(identifiers)


@given(ids)
def test_a_file_name_is_none_that_windows_refuses(identifier: str) -> None:
    stem = file_stem(identifier)
    assert re.fullmatch(r"[a-z0-9_.-]+", stem)
    assert stem.partition(".")[0] not in DEVICES
    assert not stem.endswith(".")


@given(st.text(max_size=12))
def test_a_file_name_that_stands_for_an_id_is_its_own_or_the_one_with_a_colon(stem: str) -> None:
    identifier = id_of_stem(stem)
    if identifier is not None:
        assert stem in (file_stem(identifier), identifier)


@pytest.mark.parametrize(
    ("identifier", "stem"),
    [
        ("kara", "kara"),
        ("pc:kara_smith", "pc.kara_smith"),
        ("prof_pc:kara-2", "prof_pc.kara-2"),
        ("con", "con_"),
        ("con_", "con__"),
        ("aux:kara", "aux_.kara"),
        ("aux_:kara", "aux__.kara"),
        ("pc:con", "pc.con"),
        ("com10", "com10"),
        ("console", "console"),
    ],
)
def test_ids_have_these_file_names(identifier: str, stem: str) -> None:
    assert file_stem(identifier) == stem
    assert id_of_stem(stem) == identifier


def test_a_literal_colon_in_a_file_name_is_read() -> None:
    assert id_of_stem("pc:kara_smith") == "pc:kara_smith"
    assert id_of_stem("con:kara") == "con:kara"


@pytest.mark.parametrize(
    "stem",
    [
        *("", "con", "nul", "aux.kara", "Kara", "pc.Kara", "pc.kara.old", "pc:kara.old", "kara smith", "kara (1)"),
        *(".kara", "kara.", "_kara", "-kara", "kára", "kara\n", "kara~", "pc.kara.sync-conflict-20261121-100000-A"),
    ],
)
def test_a_file_name_that_is_no_ids_stands_for_none(stem: str) -> None:
    assert id_of_stem(stem) is None


@pytest.mark.parametrize("text", ["kara", "pc:kara", "_:a", "9", "a-b_c", "prof_pc:9"])
def test_well_formed_ids_are_taken_as_they_are(text: str) -> None:
    assert require_id(text) == text


def test_an_id_has_128_characters_at_most() -> None:
    assert is_id("pc:" + "a" * 125)
    with pytest.raises(InvalidName) as caught:
        require_id("pc:" + "a" * 126)
    assert caught.value.hint == f"Use {'pc:' + 'a' * 48!r}, for example."


@pytest.mark.parametrize(
    ("text", "proposal"),
    [
        ("Kara Smith", "kara_smith"),
        ("PC:Kara", "pc:kara"),
        ("pc:李小龍", "pc:lixiaolong"),
        (":kara", "kara"),
        ("a:b:c", "a_b:c"),
        ("kara\n", "kara"),
        ("_kara", "kara"),
    ],
)
def test_what_is_no_id_is_refused_with_a_proposal_that_is_one(text: str, proposal: str) -> None:
    with pytest.raises(InvalidName) as caught:
        require_id(text)
    assert caught.value.hint == f"Use {proposal!r}, for example."
    assert is_id(proposal)


@pytest.mark.parametrize("text", ["", "   ", "pc:", "\0:a", "a\nb:c"])
def test_where_no_id_can_be_proposed_the_rule_is_told(text: str) -> None:
    with pytest.raises(InvalidName) as caught:
        require_id(text)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("Ids are lower-case letters")


@given(st.text(max_size=80))
def test_any_name_gets_an_id_or_is_refused(name: str) -> None:
    try:
        made = slug(name)
    except InvalidName:
        return
    assert is_id(made)
    assert len(made) <= SLUG_LENGTH
    assert slug(made) == made
    assert slug(name) == made


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Kara Smith", "kara_smith"),
        ("李小龍", "lixiaolong"),
        ("Ægir", "aegir"),
        ("Straße", "strasse"),
        ("한국", "hangug"),
        ("CON", "con"),
        ("a/b", "a_b"),
        ("../../etc/passwd", "etc_passwd"),
        ("..", "x_e6fc5bb9"),
        ("😀", "grinning"),
        ("  Kara\n", "kara"),
        ("__a__", "a"),
        ("\u200bx", "x"),
        ("e" * 300, "e" * 48),
        ("e" * 47 + " - end", "e" * 47),
    ],
)
def test_names_get_these_ids(name: str, made: str) -> None:
    assert slug(name) == made


def test_names_that_differ_in_case_or_unicode_form_alone_get_the_same_id() -> None:
    assert slug("Kara") == slug("KARA") == slug("kara")
    assert slug("Zo\u00eb") == slug("Zoe\u0308") == "zoe"


def test_names_that_leave_nothing_get_different_stand_ins() -> None:
    assert slug("..") != slug("...")
    assert slug("?!").startswith("x_")


@pytest.mark.parametrize("name", ["", " ", "\n\t", "\u200b", "\ud800"])
def test_a_name_that_nobody_can_see_is_refused(name: str) -> None:
    with pytest.raises(InvalidName, match="can be seen"):
        slug(name)


@pytest.mark.parametrize("name", ["a\nb", "a\0", "a\x1b[2J", "a\ud800", "\udfffa"])
def test_a_name_with_a_control_character_or_half_a_surrogate_pair_is_refused(name: str) -> None:
    with pytest.raises(InvalidName, match="control character"):
        slug(name)


def test_a_free_id_is_the_wanted_one_or_a_numbered_one() -> None:
    assert free_id("pc:kara", set()) == "pc:kara"
    assert free_id("pc:kara", {"pc:kara"}) == "pc:kara_2"
    assert free_id("pc:kara", {"pc:kara", "pc:kara_2", "pc:kara_3"}) == "pc:kara_4"


@given(st.text("ab_", min_size=1, max_size=60).filter(is_id), st.integers(1, 12))
def test_numbered_ids_stay_ids_of_bounded_length(wanted: str, count: int) -> None:
    taken: set[str] = set()
    for _ in range(count):
        made = free_id(wanted, taken)
        assert made not in taken
        assert is_id(made)
        assert len(made) <= max(len(wanted), SLUG_LENGTH)
        taken.add(made)
