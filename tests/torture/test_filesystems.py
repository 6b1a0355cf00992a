"""Names on every file system, and stores that are copied from one to another."""

from pathlib import Path

import pytest

from tests.torture.disks import DISKS, lacking, needs, on_disks
from tests.torture.ondisks import round_trips


def each_disk() -> list[object]:
    return [pytest.param(name, marks=needs(name)) for name in DISKS]


def test_five_thousand_names_make_files_and_come_back_from_them(tmp_path: Path) -> None:
    round_trips(tmp_path, 5_000)


@pytest.mark.parametrize("disk", each_disk())
def test_names_make_files_and_come_back_from_them_on(disk: str, tmp_path: Path) -> None:
    on_disks("names", tmp_path, disk)


@pytest.mark.parametrize("disk", each_disk())
def test_a_store_that_is_copied_to_other_disks_is_the_same_there_when_it_comes_from(disk: str, tmp_path: Path) -> None:
    on_disks("copy", tmp_path, disk, *(other for other in DISKS if other != disk and lacking(other) is None))
