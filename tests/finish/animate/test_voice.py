"""A mouth that follows the voice in the song."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from tremendo.finish.animate.face.expression import EXPRESSIONS, expression_basis
from tremendo.finish.animate.face.presets import PRESETS, preset_motion
from tremendo.finish.animate.face.voice import VOICE_RATE, voice_curve

RATE = 16_000


def song(seconds=6.0, *, sung=True):
    """Drums at both sides and, in the middle, a voice of three syllables a second that pauses."""
    t = np.arange(int(seconds * RATE)) / RATE
    rng = np.random.default_rng(4)
    drums = rng.normal(0, 1, (len(t), 2)) * np.exp(-((t * 2) % 1) * 25)[:, None] * 0.4
    opening = np.clip(np.sin(2 * np.pi * 1.5 * t) ** 2 - 0.2, 0, 1) * ((t % 4) < 2.5)
    voice = sum(np.sin(2 * np.pi * 220 * k * t) / k for k in range(1, 9)) * 0.25
    mix = drums + (voice * opening)[:, None] * sung
    truth = opening.reshape(-1, RATE // VOICE_RATE).mean(axis=1)
    return mix.astype(np.float32), truth


@pytest.mark.parametrize("stereo", [True, False])
def test_the_mouth_opens_with_the_syllables(stereo):
    mix, truth = song()
    heard = voice_curve(mix if stereo else mix.mean(axis=1), RATE)
    assert len(heard) == len(truth)
    assert 0 <= heard.min() <= heard.max() <= 1
    assert np.corrcoef(heard, truth)[0, 1] > 0.8
    assert heard[truth == 0].mean() < 0.15 < 0.5 < heard[truth > 0.6].mean()


def test_silence_keeps_the_mouth_closed():
    assert not voice_curve(np.zeros((RATE, 2), np.float32), RATE).any()
    assert len(voice_curve(np.zeros(5, np.float32), RATE)) == 0


def weight(motion, canonical, name):
    """How much of an expression is in a motion, per frame."""
    basis = expression_basis(canonical).reshape(len(EXPRESSIONS), -1).astype(float)
    found = np.linalg.lstsq(basis.T, motion.expression.reshape(len(motion), -1).T, rcond=None)[0]
    return found[EXPRESSIONS.index(name)]


def test_sing_follows_the_voice(finder):
    voice = np.clip(np.sin(np.arange(100) / 4), 0, 1)
    motion = preset_motion("sing", finder.canonical, frames=96, fps=Fraction(24), voice=voice)
    jaw = weight(motion, finder.canonical, "jaw open")
    at_frames = np.interp(np.arange(96) / 24, np.arange(100) / VOICE_RATE, voice)
    assert np.corrcoef(jaw[15:], at_frames[15:])[0, 1] > 0.95


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_brows_go_up_on_accents(finder, name):
    def brows(accents):
        made = preset_motion(name, finder.canonical, frames=72, fps=Fraction(24), accents=accents)
        return weight(made, finder.canonical, "brows up")

    lifted = brows([1.5]) - brows([])
    assert lifted.argmax() in range(35, 41)
    assert lifted.max() > 0.2
    assert np.abs(lifted[:30]).max() < 0.02
