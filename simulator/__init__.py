"""A practice bureau: the provincial side of the interface, for tests, demonstrations and training."""

from __future__ import annotations

from simulator.bureau import Bureau
from simulator.running import Running, serve

__all__ = ["Bureau", "Running", "serve"]
