"""Which process did something: written beside each file and each call, so that the ledger names its writer."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import PurePath

MOST = 128


def this_process() -> str:
    """Host, process number and what runs in it: `web2:4711 celery worker`, `web2:812 manage.py report`."""
    words = [PurePath(sys.argv[0]).name, *(each for each in sys.argv[1:] if not each.startswith("-"))]
    return f"{socket.gethostname()}:{os.getpid()} {' '.join(words[:2])}"[:MOST]
