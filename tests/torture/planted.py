"""The bugs that the harness must see, so that "no violations" says something."""

from tests.torture.plantedinlog import LOG
from tests.torture.plantedinuniverse import UNIVERSE
from tests.torture.planting import Bug

_FILES = "disk.files:replace"
_HEADS = "disk.heads:SeenHead.keep"
_CHAIN_TESTS = "tests/unit/test_chain.py::"

_REPLACING_FILES = [
    Bug(
        "a file is renamed before it is flushed",
        _FILES,
        "                if durable:\n                    system.flush(fd)",
        "                if durable:\n                    pass",
        "store: update_profile",
    ),
    Bug(
        "a file gets its name before its bytes",
        _FILES,
        "                write_all(fd, data)\n",
        "                system.replace(temporary, str(path))\n"
        "                write_all(fd, data)\n"
        "                if durable:\n                    system.flush(fd)\n"
        "                    system.flush_folder(str(path.parent))\n"
        "                return True\n",
        "store: update_profile",
    ),
    Bug(
        "the name of a replaced file is not flushed",
        _FILES,
        "        _confirm(path, path.parent)",
        "        pass",
        "store: add_pictures",
    ),
    Bug(
        "a file is written in its place",
        _FILES,
        "                _patiently(lambda: system.replace(temporary, str(path)), patience)\n",
        "                system.unlink(temporary)\n"
        "                fd = system.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)\n"
        "                write_all(fd, data)\n                system.flush(fd)\n                system.close(fd)\n",
        "store: update_profile",
    ),
    Bug(
        "the place that something was moved to is not flushed",
        "disk.files:move",
        "dict.fromkeys((target.parent, source.parent))",
        "dict.fromkeys((source.parent,))",
        "create",
    ),
    Bug(
        "a new folder is not flushed",
        "disk.folders:make_new",
        "        files.system.flush_folder(str(path.parent))",
        "        pass",
        "store: begin",
    ),
    Bug(
        "the old file of a profile goes before the new one is there",
        "services.profilefiles:ProfileStorage.put",
        "        if not files.replace(path, data, durable=True, before_rename=as_seen):\n",
        "        old == path or files.remove(old)\n        if not files.replace(path, data, durable=True):\n",
        "store: update_literal_colon",
    ),
    Bug(
        "what is set aside is not flushed",
        "disk.recovered:Recovered.keep_bytes",
        "durable=True",
        "durable=False",
        "torn_tail",
    ),
    Bug(
        "a snapshot is not flushed",
        "disk.snapshots:write",
        "durable=True",
        "durable=False",
        "snapshot",
    ),
    Bug(
        "temporary files stay",
        "disk.folders:sweep",
        "                    files.remove(Path(entry.path))",
        "                    pass",
        "commit",
    ),
]

_AROUND_THE_LOG = [
    Bug(
        "the digest of a snapshot is not checked",
        "disk.snapshots:decode",
        "    if not key or digest != blake2b(body, digest_size=16).hexdigest().encode() + b'\"}':",
        "    if not key:",
        "tests/unit/test_snapshots.py::test_every_flipped_bit_is_noticed",
    ),
    Bug(
        "a snapshot of another history is used",
        "disk.chain:Chain._start",
        "offset = offsets.get(snapshot.hash)",
        "offset = offsets.get(snapshot.hash, snapshot.offset)",
        f"{_CHAIN_TESTS}test_snapshots_of_another_history_are_left_alone",
    ),
    Bug(
        "the offset of a snapshot is trusted",
        "disk.chain:Chain._start",
        "            if not self.ends_line(snapshot.offset, snapshot.hash):",
        "            if False:",
        f"{_CHAIN_TESTS}test_a_snapshot_that_moved_in_the_log_is_found_by_its_hash",
    ),
    Bug(
        "the head is noted before its lines",
        _HEADS,
        "        files.write_from(",
        "        early = {'seq': head.seq, 'hash': head.hash, 'at': head.at, 'offset': head.offset}\n"
        "        files.replace(self._note, jsontext.encode(early), durable=True)\n"
        "        files.write_from(",
        "close",
    ),
    Bug(
        "the name of the lines seen is not flushed",
        _HEADS,
        "            folders.flush(self._folder)",
        "            pass",
        "create",
    ),
    Bug(
        "lines that the log does not have are written over",
        _HEADS,
        "                lines = self._new_lines(head)",
        "                pass",
        "an older copy",
    ),
    Bug(
        "what an older copy lacks is forgotten",
        "disk.heads:SeenHead._write_note",
        "[asdict(one) for one in lost]",
        "[]",
        "tests/unit/test_heads.py::test_what_an_older_copy_lacks_is_told_until_it_is_there",
    ),
    Bug(
        "messages are added to a file that lacks some",
        "disk.views:Views._append",
        "            return\n",
        "            pass\n",
        "say",
    ),
    Bug(
        "the document is not looked at right before it is replaced",
        "disk.writeback:WriteBack._write",
        "before_rename=lambda: not self._changed(key)",
        "before_rename=None",
        "edit_right_before",
    ),
    Bug(
        "the revision of a document is ignored",
        "disk.reconcile:Reconciler.judged",
        "revision is None or revision == self._state.revisions[key]",
        "True",
        "stale",
    ),
    Bug(
        "an empty document is taken for the right one",
        "disk.reconcile:Reconciler._finding",
        '            return Finding(key, path, "rewrite", signature, problems=(problem,))',
        '            return Finding(key, path, "clean", signature, problems=(problem,))',
        "commit",
    ),
    Bug(
        "a document that is no JSON is written over and not kept",
        "disk.settling:Settling.set_aside",
        "            self.recovered.keep_bytes(finding.data, finding.path, at=self.clock(), reason=reason)\n",
        "",
        "bad_edit",
    ),
    Bug(
        "a document of another copy is written over and not kept",
        "disk.reconcile:Reconciler._of_another_revision",
        'file.path, "aside", file.signature, file.data',
        'file.path, "rewrite", file.signature, b""',
        "foreign",
    ),
    Bug(
        "a campaign whose document is empty is not found by its title",
        "services.campaigns:Campaigns._data",
        "            return {**Chain(folder, CampaignContract()).read().state.trees.get(CAMPAIGN, {}), **tree}",
        "            return tree",
        "store: play",
    ),
    Bug(
        "a lock is not taken",
        "disk.locks:Lock._acquire_file",
        "                    self._lock.acquire(timeout=patience)\n",
        "",
        "tests/unit/test_locks.py::test_another_process_is_kept_out_and_told_who_is_there",
    ),
]

_COMING_AND_GOING = [
    Bug(
        "an encounter that has ended is left open once more",
        "disk.encounterlog:_ended",
        "    return any(",
        "    return False and any(",
        "store: encounter",
    ),
    Bug(
        "of an encounter's log that was emptied nobody asks whether it has ended",
        "disk.encounterlog:_ended",
        "else 0",
        "else ledger.head.seq + 1",
        "store: encounter",
    ),
    Bug(
        "a campaign that is imported comes without the names of its files",
        "services.placing:_put_folder",
        "        folders.flush(path)",
        "        pass",
        "store: import_bundle",
    ),
    Bug(
        "a campaign goes before its bundle is flushed",
        "disk.bundles:write_zip",
        "durable=True",
        "durable=False",
        "store: archive_campaign",
    ),
    Bug(
        "a bundle goes before its campaign is back",
        "services.archiving:unarchive",
        "    plan = Importing(context, campaigns, profiles).bring_back(path, folder)\n",
        '    gone = context.recovered.keep(path, at=context.stamp(), reason="it comes back", verb=UNARCHIVE)\n'
        "    plan = Importing(context, campaigns, profiles).bring_back(gone, folder)\n"
        "    files.move(gone, path)\n",
        "store: unarchive_campaign",
    ),
]

BUGS = [*_REPLACING_FILES, *LOG, *_AROUND_THE_LOG, *_COMING_AND_GOING, *UNIVERSE]
