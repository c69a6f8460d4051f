"""How good sound and picture are, as one number from 0 to 100. Pure functions of what was measured.

Sound is scored by the E-model: its rating R, as a share of the best one, is the score, and the
mean opinion score (MOS, 1 to 4.5) follows from R. No standard rates a VP8 picture from packets
alone: the loss term has the form of G.1070, the others are ours, and each says so.

Sources: ITU-T G.107 (06/2015) section 7 and annex B; ITU-T G.113 (11/2007) appendix I; ITU-T
G.1070 (06/2018) section 11.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

BEST_R = 93.2
"""R with every parameter at its default: no loss, no delay. Source: G.107 section 7.7."""
EQUIPMENT_IMPAIRMENT = 0.0
LOSS_ROBUSTNESS = 25.1
"""Ie and Bpl of G.711 with concealment (G.113 table I.4); Opus, which it does not list, conceals
at least as well and is as transparent at the bit rates of a browser."""
FREE_DELAY_MS = 100.0
"""No impairment up to here. Source: G.107 equation 7-27."""

LOSS_DECAY_PERCENT = 5.0
"""Loss at which a picture keeps 1/e of its worth (the form is G.1070 equation 11-2, the figure is
ours: every lost packet of VP8 costs pictures until the next key frame)."""
EXPECTED_VIDEO_BPS = 150_000
"""Below this a face of 640x480 gets blurred; ours, from what Chromium and Firefox send."""
AUDIO_WEIGHT = 0.6
"""An oral can go on for a while without a picture, not without sound. Ours."""

FALL, RISE = 0.7, 0.1
"""Share of the way that the overall score goes each second: down at once, up when it lasts."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One second of one stream in one direction."""

    loss_ratio: float
    """After repair, 0 to 1."""
    jitter_ms: float
    rtt_ms: float | None
    """None: not known; then no delay is held against it."""
    bitrate_bps: int
    frozen_ratio: float
    """Share of the second in which nothing new was shown or heard, 0 to 1."""

    @property
    def delay_ms(self) -> float:
        """One way, mouth to ear: half the round trip, and what a jitter buffer holds back."""
        return (self.rtt_ms or 0.0) / 2 + 2 * self.jitter_ms


def delay_impairment(delay_ms: float) -> float:
    """Return Idd, what a one-way delay takes from R. Source: G.107 equations 7-27 and 7-28."""
    if delay_ms <= FREE_DELAY_MS:
        return 0.0
    x = math.log2(delay_ms / FREE_DELAY_MS)
    sixth = 1 / 6
    return 25 * (math.pow(1 + x**6, sixth) - 3 * math.pow(1 + (x / 3) ** 6, sixth) + 2)


def loss_impairment(loss_ratio: float) -> float:
    """Return Ie-eff under random loss (BurstR 1). Source: G.107 equation 7-29."""
    percent = 100 * loss_ratio
    return EQUIPMENT_IMPAIRMENT + (95 - EQUIPMENT_IMPAIRMENT) * percent / (
        percent + LOSS_ROBUSTNESS
    )


def rating(loss_ratio: float, delay_ms: float) -> float:
    """Return R, 0 to `BEST_R`. Echo is left out: browsers cancel it. Source: G.107 equation 7-1."""
    return max(0.0, BEST_R - delay_impairment(delay_ms) - loss_impairment(loss_ratio))


def opinion(r: float) -> float:
    """Return the mean opinion score, 1 to 4.5, of a rating. Source: G.107 annex B, equation B-4."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    # The polynomial dips under 1 for ratings below 6.5, which no listener can give.
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def audio_mos(sample: Sample) -> float:
    return opinion(rating(sample.loss_ratio, sample.delay_ms))


def audio_score(sample: Sample) -> int:
    """Return 0 to 100: R as a share of the best, less the part of the second that was silent."""
    r = rating(sample.loss_ratio, sample.delay_ms)
    return round(100 * r / BEST_R * (1 - sample.frozen_ratio))


def video_score(sample: Sample) -> int:
    """Return 0 to 100: loss, bit rate against expectation, delay and freezes, each a factor."""
    loss = math.exp(-100 * sample.loss_ratio / LOSS_DECAY_PERCENT)
    sharpness = math.sqrt(min(1.0, sample.bitrate_bps / EXPECTED_VIDEO_BPS))
    delay = max(0.0, 1 - delay_impairment(sample.delay_ms) / BEST_R)
    return round(100 * loss * sharpness * delay * (1 - sample.frozen_ratio))


def together(audio: int | None, video: int | None) -> int | None:
    """Return the score of both streams of a direction; a stream that is off counts for nothing.

    Never better than the sound: no picture makes up for words that are lost.
    """
    if audio is None or video is None:
        return video if audio is None else audio
    return min(audio, round(AUDIO_WEIGHT * audio + (1 - AUDIO_WEIGHT) * video))


class Overall:
    """The score over time: falls fast and rises slowly, as trust does."""

    def __init__(self) -> None:
        self._value: float | None = None

    @property
    def value(self) -> int | None:
        """None: nothing was measured yet."""
        return None if self._value is None else round(self._value)

    def add(self, score: int | None) -> None:
        """Account for one second; None: nothing flows that could be scored."""
        if score is None:
            self._value = None
        elif self._value is None:
            self._value = float(score)
        else:
            self._value += (FALL if score < self._value else RISE) * (score - self._value)
