"""Documents as aggregates of the `eventsourcing` package; imported only where that is installed."""

from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

Tree = dict[str, Any]


class Document(Aggregate):  # type: ignore[misc]  # as mypy does not look into the package
    @event("Created")  # type: ignore[untyped-decorator]
    def __init__(self, key: str, tree: Tree) -> None:
        self.key = key
        self.tree = tree

    @staticmethod
    def create_id(key: str) -> UUID:
        return uuid5(NAMESPACE_URL, key)

    @event("Changed")  # type: ignore[untyped-decorator]
    def change(self, fields: Tree) -> None:
        self.tree.update(fields)


class Documents(Application):  # type: ignore[misc]
    # As often as ours. Without snapshots a turn costs the same, and a resume after 1,000 of them twenty times as much.
    snapshotting_intervals = {Document: 100}  # noqa: RUF012 - the package's own way to set it


def opened(path: Path) -> Documents:
    """Return the application on a database, every commit of which is durable."""
    application = Documents({"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)})
    # The package leaves SQLite's own default, which most builds have at FULL, and some at NORMAL. All that is done on
    # one thread goes through the one connection that is in the pool by now.
    with application.factory.datastore.get_connection(commit=True) as connection:
        connection.cursor().execute("PRAGMA synchronous=FULL")
        connection.cursor().execute("PRAGMA fullfsync=ON")
    return application
