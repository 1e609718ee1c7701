"""Who runs a command: the account of the operating system, as far as it tells."""

from __future__ import annotations

import getpass
import os


def operator_name() -> str:
    """As in 命令行（root）; behind sudo who called it, too."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        name = f"uid {os.getuid()}"
    caller = os.environ.get("SUDO_USER", "")
    return f"命令行（{name}{f'，由 {caller}' if caller and caller != name else ''}）"[:150]
