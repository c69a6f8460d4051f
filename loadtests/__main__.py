"""`python -m loadtests relay`: see the package's own description."""

from __future__ import annotations

import argparse
import asyncio
import json

import uvloop

import loadtests
from loadtests.relay import measure


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
    relay.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(
            measure(rooms=arguments.rooms, people=arguments.people, seconds=arguments.seconds)
        )
    if arguments.json:
        print(json.dumps(figures.as_dict()))
    else:
        print("\n".join(figures.lines()))


if __name__ == "__main__":
    main()
