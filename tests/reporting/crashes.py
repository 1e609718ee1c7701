"""A real process that dies by SIGKILL at the n-th boundary between a commit and a call, or between two commits.

The process is a fork of the test's: it takes milliseconds, has connections of its own to the database and to the bureau,
whose threads live in the test. The product knows nothing of it: what is counted is wrapped here.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.db import connection

from reporting import client

READS = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "DECLARE", "FETCH", "CLOSE", "SET")


class Boundaries:
    """Counts the boundaries that this process passes, and dies at one of them.

    A boundary: before and after each call (after it the bureau has done its work, and nothing of the answer is kept),
    before and after each commit. A statement that writes by itself commits by itself. Between two boundaries nothing
    lasting happens.
    """

    def __init__(self, deadly: int | None) -> None:
        self.deadly = deadly
        self.passed: list[str] = []

    def passing(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, stack: ExitStack) -> None:
        """From now on, for the rest of this process."""
        call, commit = client.call, connection._commit

        def watched_call(base_url: str, timeout_s: int, method: str, values: Any) -> str:
            self.passing(f"before {method}")
            answer = call(base_url, timeout_s, method, values)
            self.passing(f"after {method}")
            return answer

        def watched_commit() -> None:
            self.passing("before COMMIT")
            commit()
            self.passing("after COMMIT")

        def watched_write(
            execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
        ) -> Any:
            if connection.in_atomic_block or sql.lstrip("( ").startswith(READS):
                return execute(sql, params, many, context)
            what = " ".join(sql.split()[:3]).replace('"', "")
            self.passing(f"before {what}")
            found = execute(sql, params, many, context)
            self.passing(f"after {what}")
            return found

        client.call = watched_call
        connection._commit = watched_commit
        stack.enter_context(connection.execute_wrapper(watched_write))


def hang_up() -> None:
    """End the kept connections to the bureau: one process alone may use them. What was read of its WSDL stays."""
    for built, _service in client._clients.values():
        built.transport.session.close()


def in_a_process(act: Callable[[], object], *, dies_at: int | None = None) -> list[str] | None:
    """Run something in a process of its own; returns the boundaries that it passed, None where it died as it should.

    Raises: AssertionError with its traceback where it failed, or did not come to the boundary that should kill it.
    """
    connection.close()
    hang_up()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _live(act, dies_at, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL and dies_at is not None, f"died of {status}"
        return None
    assert os.WEXITSTATUS(status) == 0, told.decode()
    passed: list[str] = json.loads(told)
    assert dies_at is None, f"it passed only {len(passed)} boundaries: {passed}"
    return passed


def _live(act: Callable[[], object], dies_at: int | None, writing: int) -> None:
    """The whole life of the child; it never comes back into pytest."""
    code = 1
    try:
        boundaries = Boundaries(dies_at)
        with ExitStack() as stack:
            boundaries.watch(stack)
            act()
        os.write(writing, json.dumps(boundaries.passed).encode())
        code = 0
    except BaseException:
        # Whatever it is, the parent must hear of it.
        os.write(writing, traceback.format_exc().encode())
    finally:
        sys.stderr.flush()
        os._exit(code)
