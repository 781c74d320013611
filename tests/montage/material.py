"""Songs and archives that the montage tests make themselves."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from tremendo.archive.types import Clip, FaceBox, Shot
from tremendo.montage.proposal import CutWishes, propose
from tremendo.montage.timeline import CutFormat
from tremendo.music.types import Accent, Bar, Beat, Section, Song


def make_song(
    seed: int = 0, *, seconds: float = 60.0, tempo: float = 112.0, meter: int = 4
) -> Song:
    """A song with sections of 4 or 8 bars, calm and driven, and human timing (3 ms)."""
    rng = np.random.default_rng(seed)
    period = 60.0 / tempo
    first = float(rng.uniform(0.1, 1.0))
    times = np.arange(first, seconds, period)
    times = np.sort(times + rng.normal(0, 0.003, len(times)))
    beats = tuple(Beat(float(t), k % meter + 1) for k, t in enumerate(times))
    downs = [*times[::meter].tolist(), seconds]
    sections: list[Section] = []
    energies = np.zeros(len(downs) - 1)
    bar = 0
    while bar < len(downs) - 1:
        stop = min(len(downs) - 1, bar + int(rng.choice([4, 8])))
        energy = float(rng.uniform(0, 1))
        label = "ABCD"[int(energy * 3.99)]
        start = 0.0 if bar == 0 else downs[bar]
        sections.append(Section(start, downs[stop], label, energy))
        energies[bar:stop] = energy + rng.normal(0, 0.08, stop - bar)
        bar = stop
    ranks = energies.argsort().argsort() / max(1, len(energies) - 1)
    bars = tuple(Bar(a, b, float(e)) for a, b, e in zip(downs, downs[1:], ranks, strict=False))
    loud = rng.choice(len(times), len(times) // 5, replace=False)
    accents = tuple(Accent(float(times[k]), float(rng.uniform(0.3, 1))) for k in sorted(loud))
    return Song(seconds, tempo, beats, bars, tuple(sections), accents, 0.9, meter)


def make_film(seed: int, lengths: list[int], fps: Fraction = Fraction(16)) -> Clip:
    """A film whose shots have the given lengths in frames; each its own liveliness."""
    rng = np.random.default_rng(seed)
    clip_id = f"film{seed:04d}"
    shots, start = [], 0
    for k, length in enumerate(lengths):
        level = float(rng.uniform(0.5, 12))
        motion = np.abs(level * (1 + 0.4 * rng.normal(size=length)))
        peaks = tuple(sorted(int(p) for p in rng.choice(length, max(1, length // 15), False)))
        motion[list(peaks)] *= 3
        shots.append(
            Shot(
                id=f"{clip_id}-{k}",
                clip=clip_id,
                kind="film",
                start=start,
                end=start + length,
                motion=tuple(float(m) for m in motion),
                peaks=peaks,
                direction=float(rng.choice([0, 90, 180, 270])) if rng.random() < 0.6 else None,
                faces=_faces(rng, 0.3),
                scale=str(rng.choice(["close", "medium", "wide"])),
                light=float(rng.uniform(0.25, 0.7)),
                sharpness=float(rng.uniform(0.2, 0.9)),
                damage=float(rng.uniform(0, 0.6)),
                embedding=_unit(rng),
                tags=("wide",),
            )
        )
        start += length
    return Clip(
        clip_id, Path(f"/archive/{clip_id}.mkv"), clip_id * 4, "film", 640, 480, fps, fps, start,
        tags=(str(rng.choice(["street", "dance", "river"])),), shots=tuple(shots),
    )  # fmt: skip


def make_photo(seed: int, *, face: bool | None = None) -> Clip:
    """A photograph; with a large face in it when ``face``, by chance when None."""
    rng = np.random.default_rng(10_000 + seed)
    clip_id = f"photo{seed:04d}"
    faces = _faces(rng, 0.5 if face is None else float(face))
    shot = Shot(
        id=f"{clip_id}-0",
        clip=clip_id,
        kind="photo",
        start=0,
        end=1,
        faces=faces,
        scale="close" if faces else str(rng.choice(["medium", "wide"])),
        light=float(rng.uniform(0.25, 0.7)),
        sharpness=float(rng.uniform(0.2, 0.9)),
        embedding=_unit(rng),
    )
    rate = Fraction(1)
    return Clip(
        clip_id, Path(f"/archive/{clip_id}.jpg"), clip_id * 4, "photo", 900, 700, rate, rate, 1,
        tags=(str(rng.choice(["street", "dance", "river"])),), shots=(shot,),
    )  # fmt: skip


def make_archive(seed: int, *, films: int, photos: int, shots: int = 4) -> tuple[Clip, ...]:
    """Films of ``shots`` shots each (1 to 8 seconds) and photographs."""
    rng = np.random.default_rng(seed)
    made = [
        make_film(100 * seed + k, [int(n) for n in rng.integers(20, 130, shots)])
        for k in range(films)
    ]
    return (*made, *(make_photo(100 * seed + k) for k in range(photos)))


def _faces(rng: np.random.Generator, chance: float) -> tuple[FaceBox, ...]:
    if rng.random() >= chance:
        return ()
    height = float(rng.uniform(0.15, 0.5))
    return (FaceBox(0.3, 0.2, height * 0.8, height, float(rng.uniform(0.6, 1))),)


def _unit(rng: np.random.Generator) -> tuple[float, ...]:
    vector = rng.normal(size=16)
    return tuple(float(v) for v in vector / np.linalg.norm(vector))


def make_cuts(song, clips, *, fps, size, frames, seed, count=1, width=None, **options):
    """``propose`` with the format and the wishes as plain words."""
    form = {k: options.pop(k) for k in ("song_start", "song_path") if k in options}
    return propose(
        song, clips, CutFormat(fps, size, frames, **form),
        seed=seed, count=count, width=width, wishes=CutWishes(**options),
    )  # fmt: skip
