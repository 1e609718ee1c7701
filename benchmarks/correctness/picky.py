"""The practice bureau with a schema pickier than ours: it minds names of subjects with 坏 and says 5001 to their file."""

from __future__ import annotations

import sys

from simulator import schema
from simulator.__main__ import main
from tests.reporting.picky import problem_of

if __name__ == "__main__":
    schema.upload_problem = problem_of
    sys.exit(main())
