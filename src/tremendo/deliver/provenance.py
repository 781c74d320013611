"""What was altered, by what, from which sources: signed into the film (C2PA), and read back.

The signature proves that a film was not changed since, not who made it, see
:mod:`tremendo.deliver.identity`. Standard: C2PA technical specification 2.x.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tremendo.deliver.identity import signing_identity
from tremendo.errors import MediaError
from tremendo.media.atomic import atomic_path

__all__ = ["Action", "Ingredient", "Verification", "can_be_signed", "sign", "signed_path", "verify"]

_FORMATS = {".mp4": "video/mp4", ".mov": "video/quicktime", ".png": "image/png"}
_TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
_ENHANCED = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"


@dataclass(frozen=True)
class Action:
    """Something that was done to the pictures; ``name`` is a C2PA action."""

    name: str
    description: str
    generated: bool = False
    """Whether a trained network made up what is seen."""


@dataclass(frozen=True)
class Ingredient:
    """A source that went into the film."""

    title: str
    digest: str
    relationship: str = "componentOf"


@dataclass(frozen=True)
class Verification:
    """What a file says of itself: ``state`` is Valid, Trusted, Invalid or Missing."""

    state: str
    actions: tuple[dict[str, Any], ...] = ()
    ingredients: tuple[dict[str, Any], ...] = ()
    problems: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As the command answers."""
        return asdict(self)


def can_be_signed(path: Path) -> bool:
    """Whether the container can carry a manifest (Matroska cannot)."""
    return path.suffix.lower() in _FORMATS


def sign(
    source: Path, output: Path, title: str, actions: list[Action], ingredients: list[Ingredient]
) -> None:
    """Copy ``source`` to ``output`` with a signed manifest.

    Raises:
        MediaError: the file cannot carry one.
    """
    import c2pa

    identity = signing_identity()
    manifest = {
        "claim_generator_info": [{"name": "tremendo", "version": _version()}],
        "title": title,
        "format": _FORMATS[source.suffix.lower()],
        "ingredients": [
            {"title": i.title, "relationship": i.relationship, "instance_id": f"sha256:{i.digest}"}
            for i in ingredients
        ],
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {
                    "actions": [
                        {"action": "c2pa.created", "digitalSourceType": _TRAINED},
                        *(
                            {
                                "action": a.name,
                                "description": a.description,
                                "digitalSourceType": _TRAINED if a.generated else _ENHANCED,
                            }
                            for a in actions
                        ),
                    ]
                },
            }
        ],
    }
    info = c2pa.C2paSignerInfo(b"es256", identity.chain.encode(), identity.private.encode(), None)
    try:
        signer = c2pa.Signer.from_info(info)
        with c2pa.Builder(json.dumps(manifest)) as builder:
            builder.sign_file(str(source), str(output), signer)
    except c2pa.C2paError as error:
        raise MediaError(f"the film cannot be signed ({error})", path=source) from error


@contextmanager
def signed_path(
    output: Path, title: str, actions: list[Action], ingredients: list[Ingredient]
) -> Iterator[Path]:
    """A path to write a film to; it stands under ``output``, signed, once the block is left.

    ``actions`` and ``ingredients`` are signed as they are when the block is left: what is known
    only then may be added inside it.

    Kinds of file that carry no manifest are delivered as they are. When the block fails nothing is
    left and ``output`` is as it was.

    Raises:
        ConfigError: the signing identity is damaged.
        MediaError: the film cannot be signed.
        ResourceError: disk full or no permission.
    """
    if can_be_signed(output):
        signing_identity()  # what is wrong with it is found now, not after the rendering
    with atomic_path(output) as part:
        if not can_be_signed(output):
            yield part
            return
        plain = part.with_name(f".plain{part.name}")
        try:
            yield plain
            sign(plain, part, title, actions, ingredients)
        finally:
            plain.unlink(missing_ok=True)


def verify(path: Path) -> Verification:
    """Read and check what a file says of its making.

    Raises:
        MediaError: there is no such file, or it is of a kind that carries no manifest.
    """
    import c2pa

    if not path.is_file():
        raise MediaError("there is no such file", path=path)
    if not can_be_signed(path):
        raise MediaError(
            "files of this kind carry no provenance record",
            path=path,
            hint="verify the delivered mp4, mov or png",
        )
    try:
        with c2pa.Reader(str(path)) as reader:
            state = reader.get_validation_state() or "Invalid"
            content = json.loads(reader.json())
    except c2pa.C2paError as error:
        missing = "ManifestNotFound" in type(error).__name__ or "no JUMBF" in str(error)
        return Verification("Missing" if missing else "Invalid", problems=(str(error),))
    manifest = content["manifests"][content["active_manifest"]]
    actions = [
        action
        for assertion in manifest.get("assertions", [])
        if assertion["label"].startswith("c2pa.actions")
        for action in assertion["data"]["actions"]
    ]
    return Verification(
        state,
        tuple(actions),
        tuple(
            {"title": i.get("title"), "relationship": i.get("relationship")}
            for i in manifest.get("ingredients", [])
        ),
        tuple(s.get("explanation", s["code"]) for s in content.get("validation_status", [])),
    )


def _version() -> str:
    from importlib.metadata import version

    return version("tremendo")
