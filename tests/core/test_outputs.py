"""Where is written: never onto an input, a project's file or another's without force."""

import os
from itertools import product
from pathlib import Path

import pytest

from tremendo.core.outputs import Output, check_outputs
from tremendo.errors import ResourceError, UsageError


@pytest.fixture
def place(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "reel.mp4").write_bytes(b"reel")
    (tmp_path / "song.wav").write_bytes(b"song")
    return tmp_path


def _link(place):
    (place / "link.mp4").symlink_to(place / "in" / "deep" / "reel.mp4")
    return place / "link.mp4"


def _hard_link(place):
    os.link(place / "in" / "deep" / "reel.mp4", place / "hard.mp4")
    return place / "hard.mp4"


def _linked_folder(place):
    (place / "elsewhere").symlink_to(place / "in")
    return place / "elsewhere" / "deep" / "reel.mp4"


WAYS = {
    "itself": lambda p: p / "in" / "deep" / "reel.mp4",
    "dots": lambda p: p / "in" / ".." / "in" / "deep" / "reel.mp4",
    "link": _link,
    "hard link": _hard_link,
    "linked folder": _linked_folder,
}


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("named", ["file", "folder"])
@pytest.mark.parametrize("way", WAYS)
def test_an_input_is_never_written_to_whatever_it_is_called(place, way, named, force):
    source = place / "in" / "deep" / "reel.mp4" if named == "file" else place / "in"
    output = Output(WAYS[way](place), force=force)
    with pytest.raises(UsageError, match="the output is an input"):
        check_outputs([output], [source, place / "song.wav"])


def test_a_relative_name_is_the_same_file(place, monkeypatch):
    monkeypatch.chdir(place)
    with pytest.raises(UsageError, match="is an input"):
        check_outputs([Output(Path("song.wav"), force=True)], [place / "song.wav"])


def test_a_file_that_is_there_needs_force_unless_it_is_ours(place):
    theirs = place / "film.mp4"
    theirs.write_bytes(b"theirs")
    with pytest.raises(UsageError, match="there is a file already") as caught:
        check_outputs([Output(theirs, "--compare")])
    assert "--compare" in str(caught.value)
    assert "--force" in caught.value.hint
    check_outputs([Output(theirs, force=True)])
    check_outputs([Output(theirs)], ours=lambda path: path == theirs)


def test_a_link_that_leads_nowhere_is_a_file_that_is_there(place):
    (place / "dead.mp4").symlink_to(place / "nothing.mp4")
    with pytest.raises(UsageError, match="already"):
        check_outputs([Output(place / "dead.mp4")])


@pytest.mark.parametrize(
    "name", ["project.toml", "PROJECT.TOML", "decisions.json", "state.json", "store/new.mkv"]
)
def test_a_projects_own_files_are_refused_even_with_force(place, name):
    (place / "p").mkdir()
    (place / "p" / "project.toml").write_text("")
    with pytest.raises(UsageError, match="project's own file"):
        check_outputs([Output(place / "p" / name, force=True)])
    check_outputs([Output(place / "p" / "film.mp4")])


def test_two_outputs_are_two_files(place):
    with pytest.raises(UsageError, match="--compare"):
        check_outputs([Output(place / "a.mkv"), Output(place / "in/../A.mkv", "--compare")])


def test_pipes_devices_and_folders_are_not_replaced(place):
    os.mkfifo(place / "pipe.mkv")
    for path in (place / "pipe.mkv", Path("/dev/null"), place / "in"):
        with pytest.raises(UsageError):
            check_outputs([Output(path, force=True)])
    assert Path("/dev/null").is_char_device()


def test_suffix_name_and_place_are_seen_to_before_any_work(place):
    for path in (place / "film.avi", place / ("x" * 252 + ".mkv"), place / "song.wav" / "x.mkv"):
        with pytest.raises(UsageError):
            check_outputs([Output(path, suffixes=(".mkv",))])
    check_outputs([Output(place / "new" / "deeper" / "FILM.MKV", suffixes=(".mkv",))])
    assert not (place / "new").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_refused_before_any_work(place):
    (place / "shut").mkdir(mode=0o500)
    with pytest.raises(ResourceError):
        check_outputs([Output(place / "shut" / "x.mkv")])


def test_no_path_whatever_leads_to_a_write_onto_an_input(place):
    (place / "link").symlink_to(place / "in")
    refused = 0
    for parts in product(["in", "deep", "..", ".", "link", "reel.mp4"], repeat=4):
        output = place.joinpath(*parts, "reel.mp4")
        try:
            check_outputs([Output(output, force=True)], [place / "in"])
        except UsageError:
            refused += 1
        else:
            assert not output.exists(), output
    assert refused > 30
