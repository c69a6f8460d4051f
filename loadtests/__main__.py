"""`python -m loadtests relay`: see the package's own description."""

from __future__ import annotations

import argparse
import asyncio
import json

import uvloop

import loadtests
from loadtests.path import PathFigures, measure_path
from loadtests.relay import Figures, measure


async def _measure(arguments: argparse.Namespace) -> Figures | PathFigures:
    if arguments.command == "path":
        return await measure_path()
    return await measure(rooms=arguments.rooms, people=arguments.people, seconds=arguments.seconds)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests",
        description=loadtests.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    relay = commands.add_parser("relay", help="rooms full of light peers on one relay process")
    relay.add_argument("--rooms", type=int, default=10)
    relay.add_argument("--people", type=int, default=5, help="in each room")
    relay.add_argument("--seconds", type=float, default=20.0)
    path = commands.add_parser("path", help="one packet's path, against the least it can cost")
    for command in (relay, path):
        command.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(_measure(arguments))
    if arguments.json:
        print(json.dumps(figures.as_dict()))
    else:
        print("\n".join(figures.lines()))


if __name__ == "__main__":
    main()
