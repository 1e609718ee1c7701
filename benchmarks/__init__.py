"""What is fast, measured: `python -m benchmarks.packing`, `python -m benchmarks.filed_data`. See README.md.

Importing this package sets Django up with settings of its own (benchmarks/settings.py): a throw-away database, never
the one that `DATABASE_URL` or the data folder holds.
"""

from __future__ import annotations

import os

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
django.setup()
