"""Bugs of the log, for the harness to see."""

from tests.torture.planting import Bug

_APPEND = "disk.logwriter:LogWriter.append"
_SETTLE = "disk.logwriter:LogWriter._settle"
_CONFIRM = "disk.logwriter:LogWriter.confirm"
_WRITE = "disk.ledger:Ledger.write"
_LOG_TESTS = "tests/unit/test_log.py::"
_CHAIN_TESTS = "tests/unit/test_chain.py::"

LOG = [
    Bug(
        "a commit is not flushed",
        _APPEND,
        "            files.system.flush_data(self._fd)\n",
        "            pass\n",
        "commit",
    ),
    Bug(
        "a commit is acknowledged before it is durable",
        _WRITE,
        "            before = self._advance(prepared.line, prepared.state)\n",
        "            self._around.tell(self.folder.name, prepared.event)\n"
        "            before = self._advance(prepared.line, prepared.state)\n",
        "commit",
    ),
    Bug(
        "documents are replaced before the log has them",
        _WRITE,
        "            before = self._advance(prepared.line, prepared.state)\n",
        "            self._documents.fell_behind(prepared.event.changes)\n"
        "            self._documents.catch_up(lambda: prepared.state)\n"
        "            before = self._advance(prepared.line, prepared.state)\n",
        "commit",
    ),
    Bug(
        "the hash of a line is not checked",
        "disk.log:decode_event",
        "    if blake2b(body, digest_size=HASH_LENGTH // 2).hexdigest() != digest:",
        "    if False:",
        f"{_LOG_TESTS}test_every_mutated_byte_of_a_line_is_noticed",
    ),
    Bug(
        "the hash of the line before is not checked",
        "disk.state:State._is_followed_by",
        "event.prev == self.head.hash and ",
        "",
        f"{_CHAIN_TESTS}test_folding_refuses_what_does_not_follow",
    ),
    Bug(
        "a torn line is not cut off",
        _SETTLE,
        "            files.system.truncate(self._fd, self.end)",
        "            pass",
        "torn_tail",
    ),
    Bug(
        "a torn line is not kept",
        "disk.opening:_writer",
        "        around.recovered.keep_bytes(files.read(path, head.offset), path, at=around.clock(), reason=reason)\n",
        "",
        "torn_tail",
    ),
    Bug(
        "a torn line is not reported",
        "disk.opening:_writer",
        "        reading.problems.append(",
        "        str(",
        "torn_tail",
    ),
    Bug(
        "a lost newline is not put back",
        _SETTLE,
        '                files.write_all(self._fd, b"\\n")\n                self.end += 1',
        "                pass",
        "missing_newline",
    ),
    Bug(
        "a newline that became NUL takes its line with it",
        "disk.log:_lines",
        '_line(rest.rstrip(b"\\0"), offset, number + 1)',
        "_line(rest, offset, number + 1)",
        "missing_newline",
    ),
    Bug(
        "what an earlier process wrote is not flushed",
        _CONFIRM,
        "            files.system.flush(self._fd)\n",
        "",
        "burst killed",
    ),
    Bug(
        "the name that an earlier process gave the log is not flushed",
        _CONFIRM,
        "                files.system.flush_folder(str(self.path.parent))\n",
        "",
        "other_encoding killed",
    ),
    Bug(
        "the name that an earlier process gave the ledger is not flushed",
        _CONFIRM,
        "                files.system.flush_folder(str(self.path.parent.parent))\n",
        "",
        "create killed",
    ),
    Bug(
        "a failed write is not cut back",
        "disk.logwriter:LogWriter._cut_back",
        "            files.system.truncate(self._fd, self.end)",
        "            pass",
        f"{_LOG_TESTS}test_a_failed_write_is_cut_back_and_the_next_one_works",
    ),
    Bug(
        "a failed flush is tried again",
        _APPEND,
        "            files.system.flush_data(self._fd)\n",
        "            try:\n                files.system.flush_data(self._fd)\n"
        "            except OSError:\n                files.system.flush_data(self._fd)\n",
        f"{_LOG_TESTS}test_a_failed_flush_is_not_tried_again_and_ends_the_writing",
    ),
    Bug(
        "nobody looks whether the log is still the open file before a commit",
        _APPEND,
        "        self.require_in_place()\n",
        "",
        f"{_LOG_TESTS}test_a_log_that_is_another_file_now_is_noticed_before_a_line_is_written",
    ),
    Bug(
        "nobody looks whether the log is still the open file after a commit",
        _APPEND,
        "            self._require_in_place(self.end + len(line))\n",
        "            pass\n",
        f"{_LOG_TESTS}test_a_log_that_becomes_another_file_during_a_commit_acknowledges_nothing",
    ),
    Bug(
        "the lines of a log that was replaced are not kept",
        "disk.ledgerlog:LedgerLog._ended_by",
        "            self._keep_own_lines(writer)",
        "            pass",
        "another log",
    ),
    Bug(
        "documents are written beside the log of another copy",
        "disk.ledgerlog:LedgerLog._is_ours",
        "            self.problems.append(error.as_problem())\n            return False\n",
        "            self.problems.append(error.as_problem())\n",
        "tests/unit/test_replaced.py::test_documents_that_wait_for_the_writer_thread_are_not_written_either",
    ),
    Bug(
        "a log that is written in another encoding is not kept as it was",
        "disk.opening:_reencode",
        "    around.recovered.keep_bytes(files.read(path), path, at=around.clock(), reason=reason)\n",
        "",
        "other_encoding",
    ),
    Bug(
        "a new ledger is put in its place before its log is flushed",
        "disk.opening:create_ledger",
        "files.replace(staging / layout.LOG, first.line, durable=True)",
        "files.replace(staging / layout.LOG, first.line, durable=False)",
        "create",
    ),
    Bug(
        "a new ledger is made in its place",
        "disk.opening:create_ledger",
        '    staging = around.places.staging / f"{folder.name}-{first.event.hash[:8]}"\n',
        "    staging = folder\n",
        "create",
    ),
]
