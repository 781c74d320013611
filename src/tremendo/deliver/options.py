"""How a film is delivered: what its credits say, and in which form it is written."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DeliveryOptions"]


@dataclass(frozen=True)
class DeliveryOptions:
    """How a film is delivered.

    Attributes:
        title: of the film; empty = the name of its file.
        credits_position: ``start``, ``end`` or ``off``.
        credits_text: the credit line; empty = the default, which says that AI made colors and
            motion.
        sources: whether what is known of the material is credited.
        cards: ``title``, ``chapters``, ``all`` or ``off``.
        codec: of the master.
        preview: half the size, encoded fast, unsigned, without a report.
        consent: who allowed the people in photographs to be set in motion, as one clause.
        song_digest: sha256 of the song.
    """

    title: str = ""
    credits_position: str = "end"
    credits_text: str = ""
    sources: bool = True
    cards: str = "off"
    codec: str = "h264"
    preview: bool = False
    consent: str = ""
    song_digest: str = ""
