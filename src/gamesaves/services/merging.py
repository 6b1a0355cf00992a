"""What an open campaign does with other copies of itself."""

from pathlib import Path

from gamesaves.errors import InvalidValue
from gamesaves.services.contracts import CampaignContract
from gamesaves.services.joining import Choice, Comparison, Copies, Join, take_in
from gamesaves.services.rewinding import Rewinding


class Merging(Rewinding):
    """What an open campaign does with other copies of itself."""

    def compare(self, other: str | Path) -> Comparison:
        """Tell how another copy stands to this one.

        Args:
            other: the folder of the other copy, its log alone, or a bundle of it.

        Raises:
            NotFound: there is no history at `other`.
            BadBundle, NewerFormat: the bundle is refused, as `SaveStore.import_` refuses it.
            Damaged: one of the two cannot be read.
        """
        return self._copies(other).compared()

    def merge(self, other: str | Path, *, prefer: Choice = None) -> Comparison:
        """Take in what another copy of this campaign has and this one has not; return how they stood before.

        Where this copy is behind it goes forward; where both were played one event joins them, the same one whichever
        copy it is made in. To take it back, restore the event before it.

        Args:
            other: the folder of the other copy, its log alone, or a bundle of it; it stays as it is.
            prefer: which side stands where both changed the same value and no rule says what stands.

        Raises:
            Unmerged: somebody has to say which side stands; nothing was changed.
            InvalidValue: it is another campaign.
            NotFound, BadBundle, NewerFormat, Damaged: as `compare`.
            As `restore`.
        """
        self._committer.begin_turn()
        try:
            self._ledger.take_in_edits(self._ledger.keys())
            copies = self._copies(other)
            comparison = copies.compared()
            if comparison.kind == "unrelated":
                raise InvalidValue("this is another campaign, not a copy of this one", path=other)
            if comparison.kind in ("behind", "diverged"):
                before = self._ledger.state
                take_in(self._ledger, copies, Join(copies, prefer).event)
                self._committer.handed_on(before, None)
                self._refreshing.mark_all()
            return comparison
        finally:
            self._committer.end_turn()

    def _copies(self, other: str | Path) -> Copies:
        return Copies.of(self.folder, self._ledger.head.hash, CampaignContract(), Path(other))
