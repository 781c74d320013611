"""Parts by name."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from tremendo.core import registry as room
from tremendo.core.registry import Registry
from tremendo.errors import UsageError


@pytest.fixture
def shapes() -> Registry:
    shapes = Registry("shape engines")
    shapes.register("list", list, "a list")
    shapes.register("fraction", "fractions:Fraction", "exact")
    return shapes


def test_a_part_is_made_by_its_name(shapes):
    assert shapes.create("list", "ab") == ["a", "b"]
    assert shapes.create("fraction", 1, 2) * 2 == 1


def test_a_part_can_be_named_by_its_place_or_brought_along(shapes):
    assert shapes.create("decimal:Decimal", "1.5") * 2 == 3
    own = [1]
    assert shapes.create(own) is own


def test_an_unknown_name_is_refused_with_the_nearest(shapes):
    with pytest.raises(UsageError, match="shape engines") as refused:
        shapes.create("fracton")
    assert "did you mean 'fraction'" in refused.value.hint
    assert "list, fraction" in refused.value.hint
    with pytest.raises(UsageError, match="no_such_module"):
        shapes.create("no_such_module:x")


def test_another_package_adds_parts_but_takes_no_name_of_ours(monkeypatch):
    shapes = Registry("shape engines")
    shapes.register("list", list, "a list")
    asked = []

    def points(*, group):
        asked.append(group)
        made = [("set", "builtins:set"), ("list", "builtins:tuple")]
        return [EntryPoint(name, value, group) for name, value in made]

    monkeypatch.setattr(room, "entry_points", points)
    assert shapes.names() == ("list", "set")
    assert shapes.create("set", "aa") == {"a"}
    assert shapes.create("list", "a") == ["a"]
    assert asked == ["tremendo.shape_engines"]
    assert "set" in shapes
    assert shapes.describe()["list"] == "a list"
