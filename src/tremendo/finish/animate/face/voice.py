"""When and how wide a singer's mouth is open, heard from the song alone.

No separation of sources: what is in the middle of the stereo picture, between 200 and 4000 Hz
and sustained rather than struck is taken for the voice (in mono: what is sustained). Of that
energy a mouth follows the syllables: it is wide where the energy is near its local highest and
closes in the dips between.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, median_filter, minimum_filter1d
from scipy.signal import stft

from tremendo.media import read_audio

__all__ = ["VOICE_RATE", "song_voice", "voice_curve"]

VOICE_RATE = 25
"""Values a second of the curve."""
_RATE = 22_050
_LOW, _HIGH = 200.0, 4000.0
_WINDOW = 0.064
_SILENCE = 1e-4


def song_voice(song: Path) -> NDArray[np.float64]:
    """The voice curve of a song file; see :func:`voice_curve`.

    Raises:
        MediaError: the song cannot be read.
    """
    return voice_curve(read_audio(song, _RATE, mono=False), _RATE)


def voice_curve(samples: NDArray[np.float32], rate: int) -> NDArray[np.float64]:
    """Opening of a singing mouth, 0 closed to 1 wide, `VOICE_RATE` values a second.

    Args:
        samples: ``(n,)`` or ``(n, 2)``, -1..1.
        rate: samples a second, at least 8000.
    """
    hop = max(1, rate // VOICE_RATE)
    count = len(samples) // hop
    sound = samples if samples.ndim == 2 else samples[:, None]
    if count < 3 or np.abs(sound).max(initial=0) < _SILENCE:
        return np.zeros(count)
    energy = _spectrum(sound.mean(axis=1), rate, hop)
    if sound.shape[1] > 1:
        energy = np.maximum(energy - _spectrum(np.ptp(sound, axis=1) / 2, rate, hop), 0)
    sustained = median_filter(energy, (1, 7))
    struck = median_filter(energy, (7, 1))
    energy = energy * sustained / np.maximum(sustained + struck, 1e-12)
    loudness = np.sqrt(energy.sum(axis=0))[:count]
    loudness = np.pad(loudness, (0, count - len(loudness)))
    return _opening(gaussian_filter1d(loudness, 0.8))


def _spectrum(sound: NDArray[np.floating], rate: int, hop: int) -> NDArray[np.float64]:
    """Energy between 200 and 4000 Hz, ``(frequencies, times)``."""
    window = max(hop, round(_WINDOW * rate))
    frequencies, _, values = stft(sound, rate, nperseg=window, noverlap=window - hop)
    inside = (frequencies >= _LOW) & (frequencies <= _HIGH)
    return np.asarray(np.abs(values[inside]) ** 2, np.float64)


def _opening(loudness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Syllables from loudness: level within the song times place between local low and high."""
    high = np.quantile(loudness, 0.9)
    if high < _SILENCE:
        return np.zeros(len(loudness))
    level = np.clip(loudness / high, 0, 1.2)
    reach = round(0.7 * VOICE_RATE)
    top = gaussian_filter1d(maximum_filter1d(level, reach), 3)
    floor = gaussian_filter1d(minimum_filter1d(level, reach), 3)
    syllable = np.clip((level - floor) / np.maximum(top - floor, 0.15), 0, 1)
    sung = np.clip((level - 0.2) / 0.5, 0, 1)
    return np.asarray(np.clip(gaussian_filter1d(sung * (0.25 + 0.75 * syllable), 0.7), 0, 1))
