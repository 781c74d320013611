"""The styles of the composed songs: meter, tempo, drums, bass and accompaniment of each.

Patterns are our own. A position is in beats from the start of the bar; a drum is a General MIDI
key; a strength is 0 to 1. Where beats divide in three (jig, swing), positions are thirds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["MORE_STYLES", "STYLES", "Hit", "SongStyle"]

KICK, STICK, SNARE, CLAP = 36, 37, 38, 39
HAT, OPEN_HAT, RIDE, CRASH, TOM, LOW_TOM = 42, 46, 51, 49, 47, 43
CONGA, SHAKER, COWBELL, TRIANGLE = 63, 70, 56, 81

Hit = tuple[float, int, float]
"""Position in the bar in beats, key, strength."""


def _every(step: float, beats: float, key: int, strength: float, weak: float) -> tuple[Hit, ...]:
    """A hit at every ``step`` beats, on the beats of ``strength``, between them ``weak``."""
    count = round(beats / step)
    return tuple(
        (n * step, key, strength if abs(n * step - round(n * step)) < 1e-6 else weak)
        for n in range(count)
    )


@dataclass(frozen=True)
class SongStyle:
    """How songs of a kind go.

    Attributes:
        beats: beats in a bar.
        tempo: slowest and fastest, in beats a minute.
        drums: patterns of one bar, from sparse to full; none: a song without drums.
        bass: positions of bass notes in a bar, with the step of the chord (0 root, 2 third,
            4 fifth, 7 octave).
        chords: positions and lengths of accompanying chords, in beats.
        progressions: scale degrees of the chords, one a bar.
        programs: General MIDI programs of bass, accompaniment and melody to choose from.
        melody: chance that a melody note stands on a position of the bar's grid.
        grid: notes of the melody's grid in a beat.
        swing: where the second eighth of a beat falls, in beats; .5 is straight.
        meter: time signature as musicians write it.
    """

    name: str
    beats: int
    tempo: tuple[float, float]
    drums: tuple[tuple[Hit, ...], ...]
    bass: tuple[tuple[float, int], ...]
    chords: tuple[tuple[float, float], ...]
    progressions: tuple[tuple[int, ...], ...]
    programs: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    melody: float = 0.5
    grid: int = 2
    swing: float = 0.5
    meter: str = "4/4"
    weight: float = field(default=1.0)
    """How often the style is drawn, beside the others."""


_BASSES, _GUITARS, _LEADS = (33, 34, 36), (27, 28, 29, 30), (30, 81, 65, 56)
_PIANOS, _WINDS, _STRINGS = (0, 1, 3), (56, 57, 58, 71), (48, 40, 42)
_ROCK = ((0, 5, 3, 4), (0, 3, 4, 4), (0, 6, 3, 0), (5, 3, 0, 4))
_MINOR = ((5, 4, 3, 2), (5, 1, 2, 5), (5, 3, 4, 5))
_OLD = ((0, 0, 4, 0), (0, 3, 4, 0), (0, 5, 1, 4))

_BACKBEAT = ((0, KICK, 1.0), (1, SNARE, 0.9), (2, KICK, 0.9), (3, SNARE, 0.95))
_EIGHTHS = tuple((n / 2, n % 2) for n in range(8))
_FOUR = tuple((float(n), 0) for n in range(4))

STYLES: tuple[SongStyle, ...] = (
    SongStyle(
        "rock", 4, (95, 165),
        (_BACKBEAT, (*_BACKBEAT, (2.5, KICK, 0.7), *_every(0.5, 4, HAT, 0.6, 0.45))),
        tuple((p, 0) for p, _ in _EIGHTHS), ((0, 1.9), (2, 1.4), (3.5, 0.5)), _ROCK,
        (_BASSES, _GUITARS, _LEADS), weight=1.5,
    ),
    SongStyle(
        "garage", 4, (130, 190),
        (
            ((0, KICK, 1.0), (0.5, KICK, 0.6), (1, SNARE, 1.0), (2, KICK, 0.9), (3, SNARE, 1.0)),
            (*_BACKBEAT, (1.5, KICK, 0.6), (2.5, KICK, 0.8), *_every(0.5, 4, OPEN_HAT, 0.7, 0.5)),
        ),
        tuple((p, 0) for p, _ in _EIGHTHS), ((0, 0.5), (1, 0.5), (1.5, 0.5), (2.5, 0.5), (3, 0.9)),
        _ROCK, (_BASSES, (29, 30), (18, 30)), weight=1.5,
    ),
    SongStyle(
        "half-time", 4, (120, 176),
        (
            ((0, KICK, 1.0), (2, SNARE, 1.0), *_every(1, 4, HAT, 0.5, 0.5)),
            ((0, KICK, 1.0), (1.5, KICK, 0.7), (2, SNARE, 1.0), *_every(0.5, 4, RIDE, 0.6, 0.4)),
        ),
        ((0, 0), (1.5, 0), (2.5, 4), (3, 7)), ((0, 3.9),), _MINOR, (_BASSES, _GUITARS, _LEADS),
    ),
    SongStyle(
        "double-time punk", 4, (160, 200),
        (tuple((n / 2, KICK if n % 2 == 0 else SNARE, 0.95) for n in range(8)),),
        tuple((p, 0) for p, _ in _EIGHTHS), tuple((n / 2, 0.45) for n in range(8)), _ROCK,
        (_BASSES, (30,), (30,)), melody=0.3, weight=0.6,
    ),
    SongStyle(
        "waltz", 3, (84, 190),
        (((0, KICK, 0.8), (1, STICK, 0.5), (2, STICK, 0.5)), ()),
        ((0, 0),), ((1, 0.6), (2, 0.6)), _OLD, ((32, 43), (0, 21, 48), (40, 73, 21)),
        melody=0.55, grid=1, meter="3/4", weight=1.5,
    ),
    SongStyle(
        "ballad in three", 3, (66, 110),
        (((0, KICK, 0.8), (1, SNARE, 0.5), (2, SNARE, 0.5), *_every(0.5, 3, HAT, 0.4, 0.3)), ()),
        ((0, 0), (2, 4)), ((0, 2.9),), _MINOR, (_BASSES, _PIANOS, _STRINGS), meter="3/4",
    ),
    SongStyle(
        "march", 4, (100, 126),
        (
            (
                (0, KICK, 1.0), (2, KICK, 0.9), (1, SNARE, 0.8), (3, SNARE, 0.8), (1.75, SNARE, .5),
                (3.5, SNARE, 0.5), (3.75, SNARE, 0.5),
            ),
        ),
        ((0, 0), (2, 4)), ((1, 0.4), (3, 0.4)), _OLD, ((58,), (61, 60), (56, 72, 71)), grid=2,
    ),
    SongStyle(
        "march in two", 2, (100, 132),
        (
            (
                (0, KICK, 1.0), (1, KICK, 0.9), (0.5, SNARE, 0.6), (1.5, SNARE, 0.7),
                (1.75, SNARE, 0.4),
            ),
        ),
        ((0, 0), (1, 4)), ((0.5, 0.3), (1.5, 0.3)), _OLD, ((58,), (61, 60), (56, 72, 71)),
        meter="2/4",
    ),
    SongStyle(
        "ragtime", 2, (72, 104), ((),),
        ((0, 0), (1, 4)), ((0.5, 0.3), (1.5, 0.3)), _OLD, ((0, 3), (0, 3), (0, 3)), melody=0.7,
        grid=4, meter="2/4",
    ),
    SongStyle(
        "tango", 4, (100, 132),
        (
            (
                (0, STICK, 0.7), (1.5, STICK, 0.5), (2, STICK, 0.7), (3, STICK, 0.6),
                (3.5, SNARE, 0.4),
            ),
            (),
        ),
        ((0, 0), (1, 0), (2, 4), (3, 4)), ((0, 0.5), (1, 0.3), (2, 0.5), (3, 0.3)), _MINOR,
        ((32, 0), (21, 23), (40, 21, 23)), grid=4, melody=0.45,
    ),
    SongStyle(
        "cumbia", 4, (84, 112),
        (
            (
                (0, KICK, 0.9), (2, KICK, 0.9), *_every(0.5, 4, SHAKER, 0.5, 0.6),
                (1.5, CONGA, 0.8),
                (3.5, CONGA, 0.8), (1, COWBELL, 0.5), (3, COWBELL, 0.5),
            ),
        ),
        ((0, 0), (1, 2), (1.5, 4), (2, 0), (3, 2), (3.5, 4)),
        ((0.5, 0.3), (1.5, 0.3), (2.5, 0.3), (3.5, 0.3)),
        _MINOR, (_BASSES, (21, 24), (21, 73, 56)),
    ),
    SongStyle(
        "ballad", 4, (60, 84),
        (
            ((0, KICK, 0.8), (2, STICK, 0.7), *_every(0.5, 4, HAT, 0.4, 0.3)),
            ((0, KICK, 0.9), (1.5, KICK, 0.5), (2, SNARE, 0.8), *_every(0.5, 4, HAT, 0.5, 0.35)),
            (),
        ),
        ((0, 0), (2.5, 4)), ((0, 3.9),), _ROCK, (_BASSES, _PIANOS, (40, 65, 73)), melody=0.4,
    ),
    SongStyle(
        "arpeggios", 4, (60, 120), ((),),
        ((0, 0),), tuple((n / 2, 0.5) for n in range(8)), _MINOR, ((32, 43), (24, 46, 0), (73, 68)),
        melody=0.25, grid=1,
    ),
    SongStyle(
        "jig", 2, (96, 132),
        (
            ((0, KICK, 0.8), (1, KICK, 0.7), *((n / 3, STICK, 0.4) for n in (1, 2, 4, 5))),
            ((0, KICK, 0.9), (2 / 3, STICK, 0.5), (1, SNARE, 0.7), (5 / 3, STICK, 0.5)),
            (),
        ),
        ((0, 0), (1, 4)), ((0, 0.6), (2 / 3, 0.3), (1, 0.6), (5 / 3, 0.3)), _OLD,
        ((32, 43), (24, 21), (73, 40, 110)), melody=0.8, grid=3, meter="6/8",
    ),
    SongStyle(
        "slow six-eight", 2, (40, 66),
        (
            (
                (0, KICK, 0.9), (1, SNARE, 0.9),
                *((n / 3, HAT, 0.5 if n % 3 == 0 else 0.35) for n in range(6)),
            ),
        ),
        ((0, 0), (5 / 3, 4)), tuple((n / 3, 0.3) for n in range(6)), _ROCK,
        (_BASSES, (27, 0, 16), (65, 30, 81)), melody=0.35, grid=3, meter="6/8",
    ),
    SongStyle(
        "swing", 4, (110, 200),
        (
            (
                (0, RIDE, 0.7), (1, RIDE, 0.8), (5 / 3, RIDE, 0.5), (2, RIDE, 0.7), (3, RIDE, 0.8),
                (11 / 3, RIDE, 0.5), (1, 44, 0.6), (3, 44, 0.6), (0, KICK, 0.35),
            ),
        ),
        ((0, 0), (1, 2), (2, 4), (3, 2)), ((1.66, 0.3), (3.66, 0.3)), _OLD,
        ((32,), (0, 26), (65, 66, 56)), grid=2, swing=2 / 3, melody=0.55,
    ),
    SongStyle(
        "shuffle", 4, (96, 150),
        (
            (
                *_BACKBEAT,
                *((n + f, HAT, 0.6 if f == 0 else 0.45) for n in range(4) for f in (0, 2 / 3)),
            ),
        ),
        tuple((n + f, d) for n in range(4) for f, d in ((0, 0), (2 / 3, 4))),
        ((0, 0.5), (1, 0.5), (2, 0.5), (3, 0.5)),
        ((0, 0, 3, 0, 4, 3),), (_BASSES, (27, 29, 17), (22, 30, 65)), swing=2 / 3,
    ),
    SongStyle(
        "five", 5, (120, 190),
        (
            (
                (0, KICK, 1.0), (2, STICK, 0.6), (3, KICK, 0.9), (4, SNARE, 0.8),
                *_every(1, 5, RIDE, 0.6, 0.5),
            ),
            ((0, KICK, 1.0), (1.5, KICK, 0.5), (2, SNARE, 0.8), (3, KICK, 0.9), (4, SNARE, 0.8),
             *_every(0.5, 5, HAT, 0.5, 0.35)),
        ),
        ((0, 0), (1.5, 4), (3, 0), (4, 4)), ((0, 0.4), (1.5, 0.4), (3, 0.9), (4, 0.9)), _MINOR,
        (_BASSES, _PIANOS, (65, 66, 71)), meter="5/4", weight=0.6,
    ),
    SongStyle(
        "seven", 7, (150, 200),
        (
            (
                (0, KICK, 1.0), (2, SNARE, 0.8), (4, KICK, 0.8), (6, SNARE, 0.8),
                *_every(1, 7, HAT, 0.5, 0.5),
            ),
        ),
        ((0, 0), (2, 0), (4, 4), (5, 4)), ((0, 1.5), (2, 1.5), (4, 2.5)), _MINOR,
        (_BASSES, _GUITARS, (73, 30, 110)), grid=1, meter="7/8", weight=0.6,
    ),
)  # fmt: skip

MORE_STYLES: tuple[SongStyle, ...] = (
    SongStyle(
        "waltz in eighths", 3, (84, 190),
        (
            ((0, KICK, 1.0), (1, SNARE, 0.5), (2, SNARE, 0.5), *_every(0.5, 3, HAT, 0.5, 0.4)),
            ((0, KICK, 1.0), *_every(0.5, 3, HAT, 0.6, 0.5)),
            ((0, KICK, 0.9), (2, SNARE, 0.7), *_every(0.5, 3, RIDE, 0.5, 0.35)),
        ),
        ((0, 0), (1, 4), (2, 4)), ((1, 0.4), (2, 0.4)), _OLD,
        (_BASSES, (0, 21, 48, 27), (40, 73, 21)), meter="3/4",
    ),
    SongStyle(
        "plain waltz", 3, (84, 190),
        (
            ((0, KICK, 1.0), *_every(0.5, 3, HAT, 0.5, 0.3)),
            ((0, KICK, 1.0), *_every(1, 3, HAT, 0.5, 0.5)),
        ),
        ((0, 0), (1, 0), (2, 0)), ((1, 0.3), (2, 0.3)), _OLD,
        (_BASSES, (0, 21, 48, 27), (40, 73, 21)), melody=0.0, meter="3/4",
    ),
)  # fmt: skip
"""For learning only: the judged songs are drawn from :data:`STYLES`, which must not change."""
