"""`python -m loadtests relay`: see the package's own description."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

import uvloop

import loadtests
from loadtests.bounds import OutOfBoundsError
from loadtests.crash import CrashFigures, measure_crash
from loadtests.day import DayFigures, measure_day, measure_soak
from loadtests.growth import SCALES, GrowthFigures, measure_growth
from loadtests.janus import NoJanusError
from loadtests.joins import JoinFigures, measure_joins
from loadtests.outages import OutageFigures, measure_outages
from loadtests.path import PathFigures, measure_path
from loadtests.power import PowerFigures, measure_power
from loadtests.record import RecordFigures, measure_record
from loadtests.relay import Figures, measure

AnyFigures = (
    Figures
    | GrowthFigures
    | JoinFigures
    | OutageFigures
    | PathFigures
    | PowerFigures
    | CrashFigures
    | RecordFigures
    | DayFigures
)


async def _measure(arguments: argparse.Namespace) -> AnyFigures:
    if arguments.command == "path":
        return await measure_path()
    if arguments.command == "growth":
        return await measure_growth(
            seconds=arguments.seconds,
            against=arguments.against,
            svg=arguments.svg,
            scales=arguments.scales,
        )
    if arguments.command == "joins":
        return await measure_joins(joins=arguments.joins)
    if arguments.command == "record":
        return await measure_record(
            sittings=arguments.sittings,
            events=arguments.events,
            live=arguments.live,
            rounds=arguments.rounds,
        )
    if arguments.command == "outages":
        return await measure_outages(
            peers=arguments.peers,
            seconds=arguments.seconds,
            seed=arguments.seed,
            is_steady=arguments.steady,
        )
    if arguments.command == "day":
        return await measure_day(rooms=arguments.rooms, seconds=arguments.seconds)
    if arguments.command == "soak":
        return await measure_soak(
            rooms=arguments.rooms, seconds=arguments.seconds, sitting_s=arguments.sitting
        )
    if arguments.command == "power":
        return await measure_power(cuts=arguments.cuts, seed=arguments.seed)
    return await measure(
        rooms=arguments.rooms,
        people=arguments.people,
        seconds=arguments.seconds,
        runs=arguments.runs,
        against=arguments.against,
        has_arrivals=arguments.feedback == "transport-cc",
    )


def _figures(arguments: argparse.Namespace) -> AnyFigures:
    if arguments.command == "crash":  # It forks: no loop may run.
        return measure_crash(points=arguments.points, seed=arguments.seed)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measure(arguments))


def _add_media(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    relay = commands.add_parser("relay", help="rooms full of light peers on one relay process")
    relay.add_argument("--rooms", type=int, default=10)
    relay.add_argument("--people", type=int, default=5, help="in each room")
    relay.add_argument("--seconds", type=float, default=10.0)
    relay.add_argument("--runs", type=int, default=5, help="of each server, in turns")
    relay.add_argument(
        "--against", choices=["janus"], help="the same load on Janus, in the same run"
    )
    relay.add_argument(
        "--feedback",
        choices=["transport-cc", "remb"],
        default="transport-cc",
        help="how senders learn what the path carries; browsers of now: transport-cc",
    )
    growth = commands.add_parser("growth", help="the cost of a packet at several loads, drawn")
    growth.add_argument("--seconds", type=float, default=5.0, help="of each")
    growth.add_argument("--scales", type=int, default=len(SCALES), help="only the first ones")
    growth.add_argument("--against", choices=["janus"])
    growth.add_argument("--svg", type=Path, metavar="FILE")
    joins = commands.add_parser("joins", help="joins and leaves by the thousand: time and memory")
    joins.add_argument("--joins", type=int, default=1000)
    commands.add_parser("path", help="one packet's path, against the least it can cost")
    outages = commands.add_parser("outages", help="cuts below light peers, and what is found")
    outages.add_argument("--peers", type=int, default=12, help="in rooms of two")
    outages.add_argument("--seconds", type=float, default=240.0, help="in which cuts begin")
    outages.add_argument("--seed", type=int, default=1)
    outages.add_argument(
        "--steady",
        action="store_true",
        help="cut nothing: 5 %% loss, 100 ms jitter, 300 ms round trip; runs for --seconds",
    )


def _add_record(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    crash = commands.add_parser("crash", help="writers of the record killed at random instants")
    crash.add_argument("--points", type=int, default=200)
    crash.add_argument("--seed", type=int, default=1)
    power = commands.add_parser("power", help="power cuts under the record, at random instants")
    power.add_argument("--cuts", type=int, default=60)
    power.add_argument("--seed", type=int, default=1)
    record = commands.add_parser(
        "record", help="appends, openings and starts, beside many old sittings"
    )
    record.add_argument("--sittings", type=int, default=10_000)
    record.add_argument("--events", type=int, default=200, help="of each sitting")
    record.add_argument("--live", type=int, default=200, help="sittings that are not over")
    record.add_argument("--rounds", type=int, default=20, help="appends of each sitting")


def _add_exams(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    day = commands.add_parser("day", help="an exam day: rooms of five on a real server, whole")
    day.add_argument("--rooms", type=int, default=20, help="at most; fewer are held before")
    day.add_argument("--seconds", type=float, default=30.0, help="of each sitting")
    soak = commands.add_parser("soak", help="session after session, and how memory grows")
    soak.add_argument("--rooms", type=int, default=4)
    soak.add_argument("--seconds", type=float, default=600.0, help="in which sessions begin")
    soak.add_argument("--sitting", type=float, default=10.0, help="seconds of each sitting")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests",
        description=loadtests.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for add in (_add_media, _add_record, _add_exams):
        add(commands)
    for command in commands.choices.values():
        command.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    try:
        figures = _figures(arguments)
    except (OutOfBoundsError, NoJanusError) as error:
        parser.error(str(error))
    if arguments.json:
        print(json.dumps(figures.as_dict()))
    else:
        print("\n".join(figures.lines()))


if __name__ == "__main__":
    main()
