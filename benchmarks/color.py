"""What color costs, beside networks of the size of others' under the same runtime, in one run.

    python benchmarks/color.py            # prints a table
    python benchmarks/color.py --memory   # peak memory for 200 and for 2,000 frames

``DDColor-sized`` and ``DeOldify-sized`` are convolutional networks with random weights and about
the published parameters (55 and 64 million) at those tools' usual working sizes: they color
nothing, but what they cost is what such a network costs here. Needs the extra ``train`` (onnx).
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

from tremendo.evaluate.period import damage_frames
from tremendo.evaluate.scene import render_scene
from tremendo.finish.color.engines.embedded import EmbeddedEngine
from tremendo.finish.color.film import colorize_film
from tremendo.media import MemoryFrames
from tremendo.models import open_onnx

FRAMES = 48
THREADS = 2


class Stack:
    """A U-shaped network written down layer by layer."""

    def __init__(self) -> None:
        self.nodes, self.weights, self.rng, self.parameters = [], [], np.random.default_rng(0), 0

    def conv(self, source: str, inputs: int, outputs: int, side: int, stride: int = 1) -> str:
        name = f"x{len(self.nodes)}"
        weight = self.rng.normal(0, 0.02, (outputs, inputs, side, side)).astype(np.float32)
        self.parameters += weight.size
        self.weights.append(numpy_helper.from_array(weight, name + "w"))
        pads = [(side - 1) // 2, (side - 1) // 2, side // 2, side // 2]
        self.nodes.append(
            helper.make_node(
                "Conv",
                [source, name + "w"],
                [name + "c"],
                strides=[stride] * 2,
                pads=pads if stride == 1 else [0, 0, side - stride, side - stride],
            )
        )
        self.nodes.append(helper.make_node("Relu", [name + "c"], [name]))
        return name

    def join(self, deep: str, skip: str) -> str:
        name = f"x{len(self.nodes)}"
        self.nodes += [
            helper.make_node("Resize", [deep, "", "twice"], [name + "r"], mode="linear"),
            helper.make_node("Concat", [name + "r", skip], [name], axis=1),
        ]
        return name

    def save(self, path: Path, last: str, size: int) -> float:
        """Write it; parameters in millions."""
        self.weights.append(numpy_helper.from_array(np.float32([1, 1, 2, 2]), "twice"))
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes,
            "g",
            [value("picture", TensorProto.FLOAT, [1, 3, size, size])],
            [value(last, TensorProto.FLOAT, None)],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        save(model, path)
        return self.parameters / 1e6


def u_net(path: Path, widths: list[int], depths: list[int], decoder: list[int], size: int) -> float:
    """Stages of the widths at strides 4 to 32, then a decoder back to stride 4."""
    stack = Stack()
    x, inputs, skips = stack.conv("picture", 3, widths[0], 4, stride=4), widths[0], []
    for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        if stage:
            x = stack.conv(x, inputs, width, 2, stride=2)
        for _ in range(depth):
            x = stack.conv(x, width, width, 3)
        inputs = width
        skips.append((x, width))
    for (skip, skipped), width in zip(reversed(skips[:-1]), decoder, strict=True):
        x = stack.conv(stack.join(x, skip), inputs + skipped, width, 3)
        x, inputs = stack.conv(x, width, width, 3), width
    return stack.save(path, stack.conv(x, inputs, 3, 1), size)


def seconds(work, times: int) -> float:
    work()
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def table() -> None:
    frames = damage_frames(render_scene(FRAMES), seed=1).frames
    film = MemoryFrames(frames, 16)
    network = EmbeddedEngine(threads=THREADS)
    luma = cv2.cvtColor(frames[0].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 0]
    one = seconds(lambda: network.predict(luma), 8)
    whole = seconds(lambda: list(colorize_film(film, engine=network)), 1) / FRAMES
    rows = [
        ("one pass of tremendo's network (192 px)", 7.1, one),
        (f"the color step, {frames[0].shape[1]} x {frames[0].shape[0]} film", 7.1, whole),
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name, widths, depths, decoder, size in (
            ("DDColor-sized, 256 px", [96, 192, 384, 768], [2, 2, 4, 4], [768, 448, 256], 256),
            ("DeOldify-sized, 352 px", [96, 192, 384, 768], [3, 4, 6, 3], [896, 512, 320], 352),
        ):
            path = Path(folder) / f"{size}.onnx"
            millions = u_net(path, widths, depths, decoder, size)
            session = open_onnx(path, THREADS)
            picture = np.zeros((1, 3, size, size), np.float32)
            cost = seconds(lambda s=session, p=picture: s.run(None, {"picture": p}), 3)
            rows.append((f"one pass, {name}", millions, cost))
    print("| what | million parameters | ms a frame | x one pass | frames a second |")
    print("|---|---|---|---|---|")
    for name, millions, cost in rows:
        print(
            f"| {name} | {millions:.0f} | {1000 * cost:.0f} | {cost / one:.2f} | {1 / cost:.1f} |"
        )


class Endless:
    """A film of any length that takes no room: one scene coming and going."""

    def __init__(self, count: int) -> None:
        self._scene = render_scene(40)
        self._count = count
        self.height, self.width = self._scene[0].shape[:2]
        self.fps = 16

    def __len__(self) -> int:
        return self._count

    def read(self, start: int = 0, stop: int | None = None):
        for number in range(start, self._count if stop is None else stop):
            place = number % 78
            yield self._scene[min(place, 78 - place)]

    def close(self) -> None:
        self._scene = []


def memory() -> None:
    for count in (200, 2000):
        done = subprocess.run(
            [sys.executable, __file__, "--frames", str(count)],
            capture_output=True,
            text=True,
            check=True,
        )
        print(f"{count} frames: peak {done.stdout.strip()} MB")


def main() -> None:
    cv2.setNumThreads(1)
    if "--frames" in sys.argv:
        film = Endless(int(sys.argv[sys.argv.index("--frames") + 1]))
        for _ in colorize_film(film):
            pass
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    elif "--memory" in sys.argv:
        memory()
    else:
        table()


if __name__ == "__main__":
    main()
