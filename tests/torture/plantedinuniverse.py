"""Bugs of universes, which several programs add to, for the harness to see."""

from tests.torture.planting import Bug

_HELD = "disk.sharedledger:SharedLedger._held"
_LEDGER_TESTS = "tests/unit/test_sharedledger.py::"
_UNIVERSE_TESTS = "tests/integration/test_shared_universe.py::"

UNIVERSE = [
    Bug(
        "a line that another program was killed over is taken for durable",
        "disk.logwriter:LogWriter.follow",
        "self.end, self._confirmed = end, False",
        "self.end = end",
        "store: publish_behind_a_kill",
    ),
    Bug(
        "what a campaign could not hand on stays with it",
        "services.worldly:Worldly._catch_universe_up",
        "                self._agree(universe)\n",
        "                pass\n",
        "store: publish_in_a_turn",
    ),
    Bug(
        "a commit is made without the lock",
        _HELD,
        "            with self._lock.held(self._patience):\n",
        "            with self._mutex:\n",
        f"{_LEDGER_TESTS}test_a_lock_that_others_keep_for_too_long_is_told_and_nothing_is_lost",
    ),
    Bug(
        "a commit does not look at what others have appended",
        _HELD,
        " or not self._ledger.follow(whole=True)",
        "",
        f"{_LEDGER_TESTS}test_each_builds_on_what_the_others_have_appended",
    ),
    Bug(
        "an index is not compared with the log",
        "services.timeline:Timeline._catch_up",
        " or not log.ends_with_hash(self._log, mark.line_end, mark.hash)",
        "",
        f"{_UNIVERSE_TESTS}test_an_index_of_another_log_is_noticed",
    ),
]
