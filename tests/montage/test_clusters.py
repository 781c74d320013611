from dataclasses import replace

import numpy as np

from tests.montage.material import make_photo, make_song
from tremendo.montage.clusters import clusters_of
from tremendo.montage.suggest import suggest_treatment


def _archive(count=36):
    """Photographs of three looks; two of the looks have a tag of their own."""
    rng = np.random.default_rng(0)
    looks = np.linalg.qr(rng.normal(size=(16, 3)))[0].T
    words = (("portrait",), ("outdoor", "sky"), ())
    clips = []
    for k in range(count):
        photo = make_photo(k, face=False)
        near = looks[k % 3] + 0.05 * rng.normal(size=16)
        shot = replace(
            photo.shots[0], embedding=tuple(near / np.linalg.norm(near)), tags=words[k % 3]
        )
        clips.append(replace(photo, tags=(), shots=(shot,)))
    return tuple(clips)


def test_shots_that_look_alike_are_named_by_what_sets_them_apart():
    found = dict(clusters_of(_archive(), 5))
    assert set(found) == {"portrait", "outdoor"}
    assert all(len(shots) == 12 for shots in found.values())
    assert all("portrait" in shot.tags for shot in found["portrait"])


def test_the_same_shots_in_another_order_make_the_same_clusters():
    clips = _archive()
    one, other = (dict(clusters_of(c, 5)) for c in (clips, clips[::-1]))
    assert {n: {s.id for s in g} for n, g in one.items()} == {
        n: {s.id for s in g} for n, g in other.items()
    }


def test_few_shots_make_no_clusters():
    assert clusters_of(_archive(12), 5) == []


def test_the_machines_chapters_are_its_clusters_with_their_reasons():
    clips, song = _archive(), make_song(1)
    plan = suggest_treatment(song, clips)
    assert plan.proposed
    assert {c.name for c in plan.chapters} == {"portrait", "outdoor"}
    assert all("look alike" in reason for reason in plan.reasons)
    for chapter in plan.chapters:
        claimed = [c for c in clips if chapter.claims(c.shots[0], c)]
        assert len(claimed) == 12
