"""Says what is true of a finished store: `python -m scripts.simulation.verifying STORE SAID`.

It knows nothing but what is on the disk, and what the sittings have said while they were played, in the file SAID.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts.simulation.claims import CLAIMS, Claim
from scripts.simulation.evidence import Check, Evidence
from scripts.simulation.picture import timelines


def main(arguments: list[str]) -> int:
    """Print each claim and whether it holds; return 1 if one does not."""
    parser = argparse.ArgumentParser(prog="verifying")
    parser.add_argument("store", type=Path)
    parser.add_argument("said", type=Path)
    parser.add_argument("--each-state", action="store_true")
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args(arguments)
    with options.said.open(encoding="utf-8") as lines:
        said = [json.loads(line) for line in lines]
    evidence = Evidence(options.store, said, each_state=options.each_state)
    failed = 0
    with evidence.store:
        for sentence, claim in CLAIMS.items():
            wrong = list(_wrong(claim, evidence))
            failed += bool(wrong)
            print(f"{'FALSE ' if wrong else 'ok    '} {sentence}", *wrong, sep="\n         ", flush=True)
        if options.picture is not None:
            options.picture.write_text(timelines(evidence), encoding="utf-8", newline="\n")
    print(f"\n{len(CLAIMS) - failed} of {len(CLAIMS)} claims hold.")
    return int(failed > 0)


def _wrong(claim: Claim, evidence: Evidence) -> Iterator[str]:
    """Say what of a claim is not so; one that looks at nothing holds nothing."""
    try:
        checks = list(claim(evidence))
    except Exception as error:  # noqa: BLE001 - what cannot be read is no proof
        yield f"it could not be looked at: {type(error).__name__}: {error}"
        return
    yield from _differing(checks)


def _differing(checks: Iterable[Check]) -> Iterator[str]:
    checks = list(checks)
    if not checks:
        yield "nothing was looked at"
    for check in checks:
        if not check.holds:
            yield f"{check.what}: found {_short(check.found)}, expected {_short(check.expected)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]} …"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
