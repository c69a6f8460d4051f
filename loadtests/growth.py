"""How the cost of a packet grows with rooms and with people, drawn as a small SVG."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from loadtests.relay import measure

SCALES = ((1, 5), (2, 5), (5, 5), (10, 5), (1, 3), (1, 8), (1, 12))
"""Rooms, and people in each."""
_WIDTH, _LEFT, _BAR = 560, 110, 22
_COLOURS = {"visiojury": "#000091", "janus": "#929292"}


@dataclass(frozen=True, slots=True)
class Point:
    """One scale, one server."""

    rooms: int
    people: int
    server: str
    packets_out_per_s: int
    cpu_us_per_packet_out: float
    delay_p50_ms: float
    delay_p99_ms: float
    resident_mib: float


@dataclass(frozen=True, slots=True)
class GrowthFigures:
    points: list[Point]

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def lines(self) -> list[str]:
        return [
            f"{p.server:10} {p.rooms:3} x {p.people:2}  {p.packets_out_per_s:6}/s "
            f"{p.cpu_us_per_packet_out:6.2f} us  "
            f"p50 {p.delay_p50_ms:.3f} p99 {p.delay_p99_ms:.3f} ms "
            f"{p.resident_mib:.0f} MiB"
            for p in self.points
        ]


async def measure_growth(
    *, seconds: float, against: str | None, svg: Path | None, scales: int = len(SCALES)
) -> GrowthFigures:
    """Measure the first `scales` scales, each once; draw them where `svg` says."""
    points: list[Point] = []
    for rooms, people in SCALES[:scales]:
        figures = await measure(rooms=rooms, people=people, seconds=seconds, against=against)
        for server in ("visiojury", "janus"):
            side = getattr(figures, server)
            if side is not None:
                points.append(
                    Point(
                        rooms,
                        people,
                        server,
                        side.packets_out_per_s,
                        side.cpu_us_per_packet_out,
                        side.delay_p50_ms,
                        side.delay_p99_ms,
                        side.resident_mib,
                    )
                )
    if svg is not None:
        await asyncio.to_thread(svg.write_text, draw(points), encoding="utf-8")
    return GrowthFigures(points)


def draw(points: Sequence[Point]) -> str:
    """Return bars of processor time per packet out, one a point."""
    longest = max(point.cpu_us_per_packet_out for point in points)
    height = _BAR * len(points) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"',
        'font-family="sans-serif" font-size="12">',
        '<text x="4" y="16">CPU µs per packet out, by rooms × people</text>',
    ]
    for index, point in enumerate(points):
        y = 28 + index * _BAR
        width = (_WIDTH - _LEFT - 60) * point.cpu_us_per_packet_out / longest
        label = f"{point.rooms} × {point.people} {point.server}"
        colour, end = _COLOURS[point.server], _LEFT + width + 4
        size = f'width="{width:.0f}" height="{_BAR - 6}"'
        parts.append(f'<text x="4" y="{y + 14}">{label}</text>')
        parts.append(f'<rect x="{_LEFT}" y="{y + 2}" {size} fill="{colour}"/>')
        parts.append(f'<text x="{end:.0f}" y="{y + 14}">{point.cpu_us_per_packet_out}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
