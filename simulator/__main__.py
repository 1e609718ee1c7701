"""`python -m simulator`: a practice bureau on its own."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path

from simulator.config import Config, ConfigInvalid
from simulator.dialects import DIALECTS
from simulator.running import serve


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        config = Config.from_file(options.config) if options.config else Config.from_json(None)
        if options.seed is not None:
            config = replace(config, seed=options.seed)
        if options.dialect is not None:
            config = replace(config, dialect=options.dialect)
        running = serve(config, options.port, host=options.host)
    except ConfigInvalid as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 1
    try:
        running.start()
    except OSError as error:
        print(f"simulator: cannot listen on {options.host}:{options.port}: {error.strerror}", file=sys.stderr)
        return 1
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    print(f"simulator ready on {running.url}", flush=True)
    with running:
        ended.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="A practice bureau (interface V.3.0)."
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="default: loopback only")
    parser.add_argument("--config", type=Path, help="JSON; see docs/simulator.md")
    parser.add_argument("--seed", type=int, help="makes random faults and refusals repeatable")
    parser.add_argument("--dialect", choices=sorted(DIALECTS))
    return parser


if __name__ == "__main__":
    sys.exit(main())
