"""What runs come to: whatever is completed, undone and given up, it is what there would be if nothing else had been."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gamesaves.documents import Contribution, PlayerData, RecommendationPreset, RunData, UnlockPreset
from gamesaves.documents.run import RunState
from gamesaves.rules.progression import Thresholds, amount, progression, with_runs
from gamesaves.rules.recommending import recommended

BEGUN = datetime(2026, 11, 21, 10, tzinfo=UTC)
THRESHOLDS: Thresholds = {
    "first": {"total_runs_completed": 1},
    "many": {"total_runs_completed": 3, "total_turns_played": 12},
    "swimmer": {"skills.swimming": 2.5},
    "nothing_there": {"no.such.path": 1},
    "always": {},
}
CAMPAIGNS = ["campaign_a", "campaign_b", "campaign_c"]
STATES: list[RunState] = ["active", "paused", "abandoned", "completed", "archived"]


def granted(number: int, campaign: str, at: int) -> dict[str, Any]:
    return {
        "campaign_id": campaign,
        "character_id": f"pc:{number % 2}",
        "character_name": "花子",
        "trigger": "milestone",
        "at": (BEGUN + timedelta(hours=at)).isoformat(),
        "turns": number + 1,
        "milestones": [f"m{number}", {"of": number % 3}],
        "insights": [f"i{number % 3}"],
        "storylines": [f"s{number % 2}"],
        "skills": {"swimming": number, "mood": f"mood {number}"},
        "universes": {f"u{number % 2}": {"major_events": 1, "npcs": ["tom"], "locations": [f"l{number}"]}},
        "therapeutic": {"metaconcepts": ["patience"], "milestones": [f"t{number % 2}"], "insights": ["ask"]},
        "a game's own": True,
    }


def run(campaign: str, number: int, state: RunState, at: int) -> RunData:
    completed = state == "completed" or (state == "archived" and number % 2 == 0)
    trees: dict[str, Any] = {
        "completion": {"trigger": "milestone", "at": BEGUN + timedelta(hours=at)} if completed else None,
        "contributions": granted(number, campaign, at) if completed else {},
    }
    return RunData(
        run_id=f"{campaign}_{number}",
        character_id=f"pc:{number % 2}",
        campaign_id=campaign,
        state=state,
        started_at=BEGUN,
        turns_completed=number,
        **trees,
    )


steps = st.lists(
    st.tuples(
        st.sampled_from(CAMPAIGNS),
        st.dictionaries(st.integers(0, 5), st.tuples(st.sampled_from(STATES), st.integers(0, 9))),
    ),
    max_size=12,
)


@given(steps)
def test_what_is_left_is_all_that_counts(taken: list[tuple[str, dict[int, tuple[RunState, int]]]]) -> None:
    blank = PlayerData(player_id="alex", name="Alex")
    player, last = blank, {}
    for campaign, states in taken:
        last[campaign] = [run(campaign, number, state, at) for number, (state, at) in states.items()]
        player = with_runs(player, campaign, last[campaign], {})
        assert with_runs(player, campaign, reversed(last[campaign]), {}) == player
    anew = blank
    for campaign in sorted(last, reverse=True):
        anew = with_runs(anew, campaign, last[campaign], {})
    assert player == anew
    assert list(player.contributions) == list(anew.contributions)
    runs = [one for campaign in last.values() for one in campaign]
    given_up = {one.run_id: one.state for one in runs if one.state in ("abandoned", "archived") and not one.completion}
    assert {one.run_id for one in player.abandoned_runs} == given_up.keys()
    assert all(one.can_resume is (given_up[one.run_id] == "abandoned") for one in player.abandoned_runs)
    assert player.contributions.keys() == {one.run_id for one in runs if one.completion is not None}
    meta = progression(player.contributions, THRESHOLDS)
    finished = [one for one in runs if one.completion is not None]
    assert meta.total_runs_completed == len(finished)
    assert meta.total_turns_played == sum(one.turns_completed + 1 for one in finished)
    assert sum(one.major_events_created for one in meta.universe_contributions.values()) == len(finished)
    assert sorted(meta.insights) == sorted(
        {*(f"i{one.turns_completed % 3}" for one in finished), *(["ask"] if finished else [])}
    )
    best = max((one.turns_completed for one in finished), default=0)
    assert meta.skills.get("swimming", 0) == best
    assert meta.unlocks == {
        "first": len(finished) >= 1,
        "many": len(finished) >= 3 and meta.total_turns_played >= 12,
        "swimmer": best >= 2.5,
        "nothing_there": False,
        "always": True,
    }


def test_the_order_in_which_a_file_lists_what_was_granted_plays_no_part() -> None:
    grants = {f"r{number}": Contribution.model_validate(granted(number, "campaign_a", 5)) for number in range(4)}
    assert progression(dict(reversed(grants.items())), THRESHOLDS) == progression(grants, THRESHOLDS)


def test_an_amount_is_a_number_or_how_many_there_are() -> None:
    tree = {"a": {"b": 2.5, "c": [1, 2], "d": {"e": 1}, "f": "text"}}
    assert [amount(tree, path) for path in ("a.b", "a.c", "a.d", "a.f", "a.x", "a.b.c", "x")] == [2.5, 2, 1, 0, 0, 0, 0]


def test_a_rule_recommends_where_all_its_conditions_hold_and_says_why() -> None:
    runs = [run("campaign_a", number, "abandoned", 0) for number in range(4)]
    runs[3].can_resume = False
    player = with_runs(PlayerData(player_id="alex", name="Alex"), "campaign_a", runs, {"pc:0": "花子"})
    player = player.model_copy(update={"meta_progression": progression({}, {"always": {}})})
    again: dict[str, Any] = {"can_resume": {"equals": True}, "turns_completed": {"at_least": 1, "at_most": 2}}
    rules: list[dict[str, Any]] = [
        {"id": "late", "about": "unlocks", "action": "start", "priority": -1,
         "reason": "{name}: {nothing} {description}"},
        {"id": "again", "about": "abandoned_runs", "when": again, "at_most": 5, "action": "resume",
         "reason": "{character_name} in {campaign_id}, {turns_completed}"},
        {"id": "never", "about": "player", "when": {"paused_runs": {"at_least": 1}}, "action": "x", "reason": "x"},
    ]  # fmt: skip
    presets = [RecommendationPreset.model_validate({"name": "R", **rule}) for rule in rules]
    found = recommended(player, presets, [UnlockPreset(id="always", name="Always"), UnlockPreset(id="no", name="No")])
    assert [(one.rule, one.reason) for one in found] == [
        ("again", "花子 in campaign_a, 2"), ("again", "pc:1 in campaign_a, 1"), ("late", "Always: {nothing}"),
    ]  # fmt: skip
