import errno
import os
import subprocess
import sys

import pytest

from tremendo.errors import ResourceError
from tremendo.media.atomic import atomic_path, write_bytes


def test_a_killed_writer_leaves_no_file_and_the_next_clears_its_rest(tmp_path):
    target = tmp_path / "film.mkv"
    code = (
        f"from tremendo.media.atomic import atomic_path\nimport time\n"
        f"with atomic_path({str(target)!r}) as part:\n"
        f"    part.write_bytes(b'half'); print('written', flush=True); time.sleep(60)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"written\n"
    writer.kill()
    writer.wait()
    assert not target.exists()
    assert len(list(tmp_path.iterdir())) == 1
    write_bytes(target, b"whole")
    assert [p.name for p in tmp_path.iterdir()] == ["film.mkv"]


def test_a_living_writer_of_the_same_file_is_not_disturbed(tmp_path):
    target = tmp_path / "a.txt"
    with atomic_path(target) as part:
        part.write_bytes(b"first")
        subprocess.run(
            [
                sys.executable,
                "-c",
                (
                    f"from tremendo.media.atomic import write_bytes\n"
                    f"write_bytes({str(target)!r}, b'second')"
                ),
            ],
            check=True,
        )
        assert part.exists()
    assert target.read_bytes() == b"first"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_no_room_is_a_typed_error_and_leaves_nothing(tmp_path, code):
    target = tmp_path / "a.bin"

    def fail():
        with atomic_path(target) as part:
            part.write_bytes(b"half")
            raise OSError(code, os.strerror(code))

    with pytest.raises(ResourceError) as caught:
        fail()
    assert caught.value.exit_code == 4
    assert caught.value.path == str(target)
    assert list(tmp_path.iterdir()) == []


def test_other_errors_stay_themselves(tmp_path):
    def fail():
        with atomic_path(tmp_path / "a.bin"):
            raise KeyError("x")

    with pytest.raises(KeyError):
        fail()
