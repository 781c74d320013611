import subprocess
import sys

import pytest

import tremendo
from tremendo.errors import TremendoError


@pytest.mark.parametrize("name", tremendo.__all__)
def test_the_facade_offers_what_it_names(name):
    assert callable(getattr(tremendo, name))


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = tremendo.nonsense


def test_importing_tremendo_loads_no_library():
    code = "import sys, tremendo; print({'numpy', 'cv2', 'av'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_errors_cross_process_borders_whole():
    import pickle

    from tremendo import errors

    for name in errors.__all__:
        kind = getattr(errors, name)
        if not isinstance(kind, type):
            continue
        error = pickle.loads(pickle.dumps(kind("what", path="where", hint="how")))
        assert type(error) is kind
        assert str(error).splitlines() == ["what", "  file: where", "  try:  how"]
        assert isinstance(error, TremendoError)
        assert error.as_json()["code"] == kind.code
