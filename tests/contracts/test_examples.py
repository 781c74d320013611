"""The packages in ``examples/`` are found by their entry points and keep the contracts."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def installed(package: Path, site: Path) -> tuple[str, str]:
    """What installing the package would leave in ``site``, but for its code.

    Returns:
        The group and the name of its one entry point.
    """
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    ((group, points),) = project["entry-points"].items()
    ((name, target),) = points.items()
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {target}\n")
    return group, name


@pytest.mark.parametrize(
    ("package", "group", "suite"),
    [
        ("my_color_engine", "tremendo.color_engines", "test_color_engines.py"),
        ("my_restoration_step", "tremendo.restoration_steps", "test_restoration_steps.py"),
    ],
)
def test_an_example_is_found_and_passes_its_suite(
    tmp_path: Path, package: str, group: str, suite: str
) -> None:
    folder = ROOT / "examples" / package
    found, name = installed(folder, tmp_path)
    assert found == group
    places = [str(tmp_path), str(folder), *sys.path]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", name, suite],
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in places if p)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert int(run.stdout.split(" passed")[0].split()[-1]) >= 8


def test_the_engine_is_twenty_lines() -> None:
    source = (ROOT / "examples/my_color_engine/my_color_engine.py").read_text()
    body = source.split("class SplitTone:")[1].splitlines()
    assert len([line for line in body if line.strip() and '"""' not in line]) <= 20
