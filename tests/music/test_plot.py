import cv2
import numpy as np

from tremendo.music import listen, plot_song


def test_the_picture_shows_the_sections_in_their_colors(pop, tmp_path):
    song = listen(pop.path, tracker="librosa")
    out = tmp_path / "deep" / "song.png"
    plot_song(song, pop.path, out)
    picture = cv2.imread(str(out))[:, :, ::-1].astype(int)
    assert picture.shape == (900, 1920, 3)
    band = picture[105:130]
    for section in song.sections:
        color = (0x3F, 0x7C, 0xAC) if section.label == "A" else (0xD9, 0x8E, 0x32)
        if section.label not in "AB":
            continue
        middle = 0.5 * (section.start + section.end) / song.duration
        column = round(1920 * (0.05 + middle * 0.935))
        assert np.abs(band[:, column - 5 : column + 5] - color).mean() < 8, section


def test_drawing_twice_gives_the_same_bytes(pop, tmp_path):
    song = listen(pop.path, tracker="grid")
    for name in ("a.png", "b.png"):
        plot_song(song, pop.path, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
