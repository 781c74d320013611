from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from tremendo.serialization import from_plain, to_plain
from tremendo.store import Store, digest_file, key


@dataclass(frozen=True)
class Inner:
    fps: Fraction
    path: Path


@dataclass(frozen=True)
class Record:
    name: str
    inner: tuple[Inner, ...]
    scores: dict[str, float]
    crop: tuple[int, int] | None = None


RECORD = Record("é\udce9", (Inner(Fraction(50, 3), Path("/a b/ü.mkv")),), {"beat": 1.0}, (3, 4))


def test_records_survive_json(tmp_path):
    assert from_plain(Record, to_plain(RECORD)) == RECORD
    store = Store(tmp_path)
    store.put_record("k" * 40, RECORD)
    assert store.get_record("k" * 40, Record) == RECORD


def test_keys_depend_on_everything_and_on_nothing_else():
    base = key("color", 1, source="ab", look=RECORD)
    assert base == key("color", 1, look=RECORD, source="ab")
    others = {
        key("color", 2, source="ab", look=RECORD),
        key("restore", 1, source="ab", look=RECORD),
        key("color", 1, source="ac", look=RECORD),
        key("color", 1, source="ab", look=None),
    }
    assert base not in others
    assert len(others) == 4


@pytest.mark.parametrize("damage", ["truncate", "flip", "no sum", "empty"])
def test_damaged_results_are_not_results(tmp_path, damage):
    store = Store(tmp_path)
    path = store.put("a" * 40, ".bin", lambda part: part.write_bytes(b"0123456789") and None)
    assert store.get("a" * 40, ".bin") == path
    if damage == "no sum":
        path.with_name(path.name + ".sum").unlink()
    else:
        path.write_bytes({"truncate": b"01234", "flip": b"0123456780", "empty": b""}[damage])
    assert store.get("a" * 40, ".bin") is None


def test_a_failed_write_leaves_nothing(tmp_path):
    store = Store(tmp_path)

    def fail(part):
        part.write_bytes(b"half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.put("b" * 40, ".bin", fail)
    assert store.get("b" * 40, ".bin") is None
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_sequence_digest_follows_names_and_contents(tmp_path):
    for number in range(9):
        (tmp_path / f"f{number:03}.png").write_bytes(bytes([number]))
    before = digest_file(tmp_path)
    (tmp_path / "f003.png").write_bytes(b"x")
    assert digest_file(tmp_path) != before
