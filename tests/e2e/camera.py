"""A camera for the browsers of the tests: someone sits there and moves a little.

A file of YUV4MPEG2 frames, which Chromium plays for ever in place of a device. What is drawn is
nobody: a head and shoulders before a wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

WIDTH, HEIGHT, RATE = 640, 480, 10
SWAYS = (0, 1, 3, 4, 5, 5, 4, 3, 1, 0, -1, -3, -4, -5, -5, -4, -3, -1)
"""Pixels to the side, frame after frame."""


@dataclass(frozen=True)
class Colour:
    """Luma and both chroma values of one surface, 16 to 235."""

    y: int
    u: int
    v: int


@dataclass(frozen=True)
class Look:
    wall: Colour
    skin: Colour
    hair: Colour
    cloth: Colour


LOOKS = {
    "candidate": Look(
        Colour(170, 134, 124), Colour(158, 112, 148), Colour(58, 124, 134), Colour(74, 142, 120)
    ),
    "jury": Look(
        Colour(148, 124, 126), Colour(128, 116, 146), Colour(96, 126, 131), Colour(62, 128, 128)
    ),
}

Span = tuple[int, int]


def write_camera(path: Path, look: Look) -> Path:
    """Write the file and return its path."""
    with path.open("wb") as file:
        file.write(b"YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n" % (WIDTH, HEIGHT, RATE))
        for sway in SWAYS:
            file.write(b"FRAME\n" + frame(look, sway))
    return path


def frame(look: Look, sway: int) -> bytes:
    """Return one picture: luma, then both chroma planes at half the size."""
    return b"".join(
        b"".join(row(look, y * scale, sway, scale, component) for y in range(HEIGHT // scale))
        for component, scale in (("y", 1), ("u", 2), ("v", 2))
    )


def row(look: Look, y: int, sway: int, scale: int, component: str) -> bytes:
    shade = (y - HEIGHT // 2) // 16 if component == "y" else 0
    pixels = bytearray([getattr(look.wall, component) - shade]) * (WIDTH // scale)
    for colour, span in (
        (look.hair, ellipse(y, 320 + sway, 186, 92, 116)),
        (look.cloth, ellipse(y, 320 + sway // 2, 520, 210, 190)),
        (look.skin, ellipse(y, 320 + sway, 330, 34, 60)),
        (look.skin, ellipse(y, 320 + sway, 212, 72, 96)),
    ):
        left, right = (max(0, min(WIDTH, edge)) // scale for edge in span)
        pixels[left:right] = bytes([getattr(colour, component)]) * (right - left)
    return bytes(pixels)


def ellipse(y: int, centre_x: int, centre_y: int, half_width: int, half_height: int) -> Span:
    """Return where row `y` enters and leaves an ellipse."""
    inside = 1 - ((y - centre_y) / half_height) ** 2
    half = round(half_width * inside**0.5) if inside > 0 else 0
    return centre_x - half, centre_x + half
