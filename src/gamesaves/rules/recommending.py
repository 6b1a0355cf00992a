"""What a player may want to do next: rules in presets, each with its reason."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gamesaves.documents.player import PlayerData
from gamesaves.documents.preset import Condition, RecommendationPreset, UnlockPreset
from gamesaves.rules.progression import amount, at

_FIELD = re.compile(r"\{([a-z_.]+)\}")


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Something a player may want to do.

    Attributes:
        rule: the id of the preset.
        action: what to do, in the rule's word: resume, start, play.
        reason: why, as a player reads it.
        about: what it is about: the fields of a run, of an unlock, or of the player.
    """

    rule: str
    name: str
    action: str
    reason: str
    about: Mapping[str, Any]


def recommended(
    player: PlayerData, rules: Iterable[RecommendationPreset], unlocks: Iterable[UnlockPreset]
) -> list[Recommendation]:
    """Return what the rules recommend to a player, what matters most first.

    Args:
        unlocks: what can open up.
    """
    things = _things(player, unlocks)
    found: list[Recommendation] = []
    for rule in sorted(rules, key=lambda one: (-one.priority, one.id or "")):
        fitting = [one for one in things[rule.about] if all(_holds(one, path, it) for path, it in rule.when.items())]
        found += [
            Recommendation(str(rule.id), rule.name, rule.action, _filled(rule.reason, one), one)
            for one in fitting[: rule.at_most]
        ]
    return found


def _things(player: PlayerData, unlocks: Iterable[UnlockPreset]) -> dict[str, list[dict[str, Any]]]:
    """Return what rules can be about, by kind; of runs the one played last comes first."""
    runs = [one.model_dump(mode="json") for one in reversed(player.runs)]
    runs.sort(key=lambda one: one["last_played"] or one["started_at"], reverse=True)
    campaigns = {one["run_id"]: one for one in runs}
    things = {f"{state}_runs": [one for one in runs if one["state"] == state] for state in ("active", "paused")}
    given_up = [one.model_dump(mode="json") for one in reversed(player.abandoned_runs)]
    things["abandoned_runs"] = [{**campaigns.get(one["run_id"], {}), **one} for one in given_up]
    held = player.meta_progression.unlocks
    things["unlocks"] = [one.model_dump(mode="json") for one in unlocks if held.get(str(one.id))]
    counts = {kind: len(listed) for kind, listed in things.items()}
    things["player"] = [{**player.meta_progression.model_dump(mode="json"), **counts, "name": player.name}]
    return things


def _holds(thing: Mapping[str, Any], path: str, condition: Condition) -> bool:
    if condition.equals is not None and at(thing, path) != condition.equals:
        return False
    number = amount(thing, path)
    low, high = condition.at_least, condition.at_most
    return (low is None or number >= low) and (high is None or number <= high)


def _filled(text: str, thing: Mapping[str, Any]) -> str:
    """Return a text with the fields that it names filled in; one that there is not stays as it stands.

    One that is left open is left out.
    """

    def value(match: "re.Match[str]") -> str:
        path, _, field = match[1].rpartition(".")
        within = at(thing, path) if path else thing
        if not isinstance(within, Mapping) or field not in within:
            return match[0]
        return "" if within[field] is None else str(within[field])

    return _FIELD.sub(value, text).strip()
