import numpy as np

from tremendo import models
from tremendo.perception.tagger import SIGHT_AREA, sized, word_head


def test_pictures_are_brought_to_sides_the_network_takes():
    for height, width in ((40, 60), (900, 1200), (2000, 300)):
        tall, wide, _ = sized(np.zeros((height, width, 3), np.uint8)).shape
        assert tall % 32 == wide % 32 == 0
        assert 0.7 < tall * wide / SIGHT_AREA < 1.4


def test_the_packaged_head_names_what_an_archive_holds():
    head = word_head()
    wanted = {"horse cart", "locomotive", "gown", "church", "indoor", "outdoor", "water", "sky"}
    assert wanted | {"foliage", "statue", "train", "boat", "uniform", "stage"} <= set(head.words)
    assert len(head.words) == len(set(head.words)) == len(head.bar) == len(head.offset)
    assert head.bar.min() >= 0.5
    judged = np.load(models.path("subjects"))["precision"]
    assert np.nanmin(judged) >= 0.55
    assert np.nanmedian(judged) >= 0.8
    assert models.path("sight").stat().st_size < 13_000_000
