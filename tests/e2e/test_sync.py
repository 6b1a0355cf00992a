"""`saves sync`: what campaigns have copied from profiles, from the command line."""

from pathlib import Path

from gamesaves import SaveStore
from tests.conftest import RunSaves
from tests.e2e.stories import KARA, KINGDOM, answer, codes, document_of, kingdom, refusal


def test_a_changed_profile_reaches_its_campaigns(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    campaign_id = kingdom(root)
    before = SaveStore(root).profiles.get(KARA).attire
    run_saves("profile", "set", KARA, "attire=rags", store=root)
    change = {"campaign_id": campaign_id, "character_id": KARA, "fields": {"attire": {"from": before, "to": "rags"}}}

    assert answer(run_saves("sync", "-n", "--json", store=root)) == [change]
    shown = run_saves("sync", KINGDOM, store=root)
    assert (shown.exit_code, shown.stdout) == (0, f"{campaign_id}  {KARA}\n  attire  {before} → rags\n")
    assert run_saves("sync", store=root).stdout == "Everything is up to date.\n"
    assert refusal(run_saves("sync", "Nowhere", "--json", store=root), 10)["code"] == "not_found"


def test_a_campaign_that_is_played_is_told_and_left_alone(run_saves: RunSaves, tmp_path: Path) -> None:
    root = tmp_path / "s"
    kingdom(root)
    with SaveStore(root) as store, store.campaigns.open(KINGDOM):
        store.profiles.update(KARA, attire="rags")
        left = run_saves("sync", "-n", "--json", store=root)
        assert (left.exit_code, document_of(left)["data"], codes(left)) == (3, [], ["locked"])
        left = run_saves("sync", store=root)
        assert (left.exit_code, left.stdout) == (3, "Nothing could be done.\n")
