"""`python -m simulator`: a practice bureau on its own."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from simulator.config import Config, ConfigInvalid
from simulator.dialects import DIALECTS
from simulator.running import Running, serve
from simulator.scenes import all_scenes


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        running = _prepare(options)
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


def _prepare(options: argparse.Namespace) -> Running:
    """The bureau, its scene begun, not yet listening. Raises: ConfigInvalid."""
    config = Config.from_file(options.config) if options.config else Config.from_json(None)
    if options.seed is not None:
        config = replace(config, seed=options.seed)
    if options.dialect is not None:
        config = replace(config, dialect=options.dialect)
    running = serve(config, options.port, host=options.host)
    if options.minutes is not None and options.scene is None:
        raise ConfigInvalid("--minutes needs --scene")
    if options.scene is not None:
        running.bureau.choose_scene(options.scene, options.minutes)
    for text in options.fault:
        running.bureau.faults.add(**read_fault(text))
    return running


def read_fault(text: str) -> dict[str, Any]:
    """Of "code,code=901,method=isp_upload,times=10": the kind, then values as in the configuration."""
    kind, *parts = text.split(",")
    values: dict[str, Any] = {"kind": kind.strip()}
    for part in parts:
        name, _, value = part.partition("=")
        try:
            values[name.strip()] = json.loads(value)
        except ValueError:
            values[name.strip()] = value.strip()
    return values


class _ListScenes(argparse.Action):
    """Prints the scenes and ends, as --help does."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        for scene in all_scenes().values():
            print(f"{scene.name:<14}{scene.title}：{scene.about}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator", description="A practice bureau (interface V.3.0)."
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="default: loopback only")
    parser.add_argument("--config", type=Path, help="JSON; see docs/simulator.md")
    parser.add_argument("--scene", help="begin with this scene instead of the configuration's")
    parser.add_argument("--minutes", type=float, help="how long the scene lasts, for one that ends")
    parser.add_argument("--scenes", nargs=0, action=_ListScenes, help="list the scenes and end")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND[,NAME=VALUE]",
        help="add a fault; may be repeated",
    )
    parser.add_argument("--seed", type=int, help="makes random faults and refusals repeatable")
    parser.add_argument("--dialect", choices=sorted(DIALECTS))
    return parser


if __name__ == "__main__":
    sys.exit(main())
