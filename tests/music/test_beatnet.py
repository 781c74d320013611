import numpy as np
import pytest

from tremendo.music.beatnet import BeatNet, spectral_features

SHAPES = {
    "conv1.weight": (2, 1, 10), "conv1.bias": (2,),
    "linear0.weight": (150, 262), "linear0.bias": (150,),
    "lstm.weight_ih_l0": (600, 150), "lstm.weight_hh_l0": (600, 150),
    "lstm.bias_ih_l0": (600,), "lstm.bias_hh_l0": (600,),
    "lstm.weight_ih_l1": (600, 150), "lstm.weight_hh_l1": (600, 150),
    "lstm.bias_ih_l1": (600,), "lstm.bias_hh_l1": (600,),
    "linear.weight": (3, 150), "linear.bias": (3,),
}  # fmt: skip


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(5)
    return {k: rng.normal(0, 0.15, shape).astype(np.float32) for k, shape in SHAPES.items()}


@pytest.fixture(scope="module")
def samples():
    rng = np.random.default_rng(1)
    return (rng.normal(size=22050 * 3) * np.linspace(0, 0.5, 22050 * 3)).astype(np.float32)


def test_features_are_those_the_network_was_trained_on(samples):
    signal = pytest.importorskip("madmom_infer.audio.signal")
    from madmom_infer.audio import spectrogram, stft

    stages = (
        signal.FramedSignalProcessor(frame_size=1411, hop_size=441),
        stft.ShortTimeFourierTransformProcessor(),
        spectrogram.FilteredSpectrogramProcessor(
            num_bands=24, fmin=30, fmax=17000, norm_filters=True
        ),
        spectrogram.LogarithmicSpectrogramProcessor(mul=1, add=1),
        spectrogram.SpectrogramDifferenceProcessor(
            diff_ratio=0.5, positive_diffs=True, stack_diffs=np.hstack
        ),
    )
    theirs = signal.Signal(samples, sample_rate=22050)
    for stage in stages:
        theirs = stage(theirs)
    ours = spectral_features(samples)
    assert ours.shape == (150, 272)
    assert np.abs(ours - np.asarray(theirs)).max() < 1e-5


def test_the_network_computes_what_pytorch_computes(weights, samples):
    torch = pytest.importorskip("torch")
    features = np.stack([spectral_features(samples), spectral_features(0.1 * samples)])
    lstm = torch.nn.LSTM(150, 150, 2, batch_first=True)
    t = {k: torch.tensor(v) for k, v in weights.items()}
    lstm.load_state_dict(
        {k.removeprefix("lstm."): v for k, v in t.items() if k.startswith("lstm.")}
    )
    with torch.no_grad():
        x = torch.tensor(features).reshape(-1, 1, 272)
        x = torch.relu(torch.conv1d(x, t["conv1.weight"], t["conv1.bias"]))
        x = torch.max_pool1d(x, 2).flatten(1) @ t["linear0.weight"].T + t["linear0.bias"]
        x = lstm(x.reshape(2, -1, 150))[0] @ t["linear.weight"].T + t["linear.bias"]
        expected = torch.softmax(x, -1)[..., :2].numpy()
    assert np.abs(BeatNet(weights).activations(features) - expected).max() < 1e-5


def test_songs_do_not_influence_each_other(weights, samples):
    net = BeatNet(weights)
    one, other = spectral_features(samples), spectral_features(samples[::-1].copy())
    together = net.activations(np.stack([one, other]))
    assert np.allclose(together[1], net.activations(other[None])[0], atol=1e-6)
