"""Settings of the benchmarks: those of the tests, with a database and folders that exist for one run only."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

# The address of somebody's database must not even be looked at.
for _name in ("DATABASE_URL", "REDIS_URL"):
    os.environ.pop(_name, None)

from settings.addresses import database_from_url  # noqa: E402
from settings.embedded import Embedded  # noqa: E402
from settings.test import *  # noqa: E402, F403
from settings.test import ICP_DATA_DIR  # noqa: E402

# Named by the process that began the run; the processes that it starts inherit or replace the names.
RUN = os.environ.setdefault("ICP_BENCH_RUN", str(os.getpid()))
DATABASE = os.environ.setdefault("ICP_BENCH_DATABASE", f"icp_bench_{RUN}")
FOLDER = Path(tempfile.gettempdir()) / f"icp-bench-{RUN}"

DATABASES = {"default": database_from_url(Embedded(ICP_DATA_DIR).database_url_of(DATABASE))}
ATTACHMENT_ROOT = FOLDER / "attachments"
