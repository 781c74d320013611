"""Rates and timecode, as people and machines write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tremendo.core.rates import is_ntsc, parse_rate
from tremendo.core.timecode import Timecode
from tremendo.errors import UsageError

NTSC24, NTSC30, NTSC60 = (Fraction(1000 * n, 1001) for n in (24, 30, 60))


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ("23.976", NTSC24), ("23.98", NTSC24), (23.976023976, NTSC24), ("2997/125", NTSC24),
        (Fraction(2997, 125), NTSC24), ("29.97", NTSC30), (29.97, NTSC30), ("59.94", NTSC60),
        ("24000/1001", NTSC24), ("47.952", Fraction(48000, 1001)), ("16.667", Fraction(50, 3)),
        ("24", Fraction(24)), (25, Fraction(25)), ("23.9", Fraction(239, 10)), (18.0, Fraction(18)),
        (" 12.5 ", Fraction(25, 2)), ("119.88", Fraction(120000, 1001)),
    ],
)  # fmt: skip
def test_a_rate_is_exact_however_it_was_written(written, rate):
    assert parse_rate(written) == rate
    assert is_ntsc(parse_rate(written)) == (rate.denominator == 1001)


@pytest.mark.parametrize("wrong", ["fast", "", "24/0", "0", "-24", 5000, float("nan")])
def test_what_is_no_rate_is_refused(wrong):
    with pytest.raises(UsageError):
        parse_rate(wrong)


@pytest.mark.parametrize(
    ("text", "rate", "frames"),
    [
        ("01:00:00:00", NTSC30, 108_000),
        ("01:00:00;00", NTSC30, 107_892),
        ("00:01:00;02", NTSC30, 1800),
        ("00:10:00;00", NTSC30, 17_982),
        ("01:00:00;00", NTSC60, 215_784),
        ("10:11:12:05", Fraction(24), 880_133),
        ("00:00:01;00", Fraction(24), 24),
    ],
)
def test_timecode_counts_frames(text, rate, frames):
    assert Timecode.parse(text, rate).frames == frames


@pytest.mark.parametrize("rate", [NTSC30, NTSC60])
def test_drop_frame_timecode_keeps_to_the_clock_and_comes_back(rate):
    start = Timecode.parse("00:00:00;00", rate)
    day = Timecode.parse("23:59:59;29", rate).frames + round(rate) - 29
    for frames in (*range(17_900, 18_100), *range(1790, 1810), *range(0, 10_000_000, 99_991)):
        shown = start + frames
        hours, minutes, seconds = (int(part) for part in str(shown).split(";")[0].split(":"))
        assert Timecode.parse(str(shown), rate).frames == frames % day
        clock = 3600 * hours + 60 * minutes + seconds
        assert abs(clock - float(frames / rate) % 86_400) < 1.2


@pytest.mark.parametrize("wrong", ["", "1:2", "00:61:00:00", "00:00:00:24", "00:01:00;00"])
def test_what_is_no_timecode_is_refused(wrong):
    rate = NTSC30 if ";" in wrong else Fraction(24)
    with pytest.raises(UsageError):
        Timecode.parse(wrong, rate)
