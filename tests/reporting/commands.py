"""Running a management command as the command line does, inside the test's transaction."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

from django.core.management import CommandError, get_commands, load_command_class


class Ran(NamedTuple):
    """Exit code and what was written; `json` is the one document on stdout."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(name: str, *arguments: object) -> Ran:
    """Like `manage.py name arguments…`, but the database connection stays."""
    command = load_command_class(get_commands()[name], name)
    command._called_from_command_line = True
    out, err, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            options = vars(
                command.create_parser("manage.py", name).parse_args([str(each) for each in arguments])
            )
            options |= {"stdout": out, "stderr": err}
            command.execute(*options.pop("args", ()), **options)
        except CommandError as error:
            err.write(str(error))
            code = error.returncode
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    return Ran(code, out.getvalue(), err.getvalue())
