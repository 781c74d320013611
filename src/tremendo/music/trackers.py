"""Beat trackers by name: a song's sound goes in, beats with their places in the bar come out.

A tracker of another package is registered by an entry point of the group
``tremendo.beat_trackers``; ``tests/contracts/test_beat_trackers.py`` says what it has to keep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tremendo.core.registry import Registry

if TYPE_CHECKING:
    from tremendo.music.sound import Sound
    from tremendo.music.tracking import BeatTrack

__all__ = ["BEAT_TRACKERS", "BeatTracker", "tracker_names"]


@runtime_checkable
class BeatTracker(Protocol):
    """Finds the beats of a song."""

    def track(self, sound: Sound) -> BeatTrack:
        """The beats, at the onsets and not after them.

        Raises:
            NothingUsableError: no beat is heard, with advice; never beats that are made up and
                said to be sure.
            ModelMissingError: the tracker's weights are missing.
        """


BEAT_TRACKERS: Registry[BeatTracker] = Registry("beat trackers")
"""Who hears the beat."""

_TRACKING = "tremendo.music.tracking"
BEAT_TRACKERS.register(
    "beatnet", f"{_TRACKING}:BeatNetTracker", "three networks and the bar pointer model"
)
BEAT_TRACKERS.register(
    "librosa", f"{_TRACKING}:LibrosaTracker", "needs no weights; downbeats are a guess"
)
BEAT_TRACKERS.register("grid", f"{_TRACKING}:GridTracker", "a steady 120, whatever is heard")
BEAT_TRACKERS.register(
    "taps", "tremendo.music.corrections:TapsTracker", "what somebody tapped along"
)


def tracker_names() -> tuple[str, ...]:
    """What may be asked for: all trackers, and before them ``auto``, which chooses."""
    return ("auto", *BEAT_TRACKERS.names())
