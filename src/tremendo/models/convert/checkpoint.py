"""A network filled with exactly the weights of a checkpoint, or a refusal that says why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from torch import Tensor, nn

from tremendo.errors import MediaError

__all__ = ["filled"]

_Network = TypeVar("_Network", bound=nn.Module)


def filled(
    build: Callable[[], _Network], weights: Mapping[str, Tensor], kind: str, checkpoint: Path
) -> _Network:
    """A network with all of the weights and no others, ready to be used.

    Args:
        build: makes the network; may look at the weights' shapes.
        weights: by name.
        kind: of network, for the refusal.
        checkpoint: whence they come, for the refusal.

    Raises:
        MediaError: weights are missing, unknown or of other shapes.
    """
    try:
        network = build()
        missing, unknown = network.load_state_dict(dict(weights), strict=False)
    except KeyError as error:
        raise _refusal(kind, f"it lacks {error.args[0]}", checkpoint) from error
    except (RuntimeError, ValueError, IndexError, ZeroDivisionError) as error:
        raise _refusal(kind, str(error).splitlines()[-1].strip()[:160], checkpoint) from error
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unknown:
        what = f"it lacks {missing[0]}" if missing else f"it also has {unknown[0]}"
        raise _refusal(kind, what, checkpoint)
    network.eval()
    return network


def _refusal(kind: str, reason: str, checkpoint: Path) -> MediaError:
    return MediaError(
        f"not a checkpoint of {kind}: {reason}",
        path=checkpoint,
        hint="give the generator's weights as their authors publish them",
    )
