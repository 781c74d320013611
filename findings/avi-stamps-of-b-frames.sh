#!/usr/bin/env bash
# PyAV 18.1.0 (its bundled FFmpeg), H.264 with B-frames in AVI and in MXF.
#
# A good guess: FFmpeg's demuxers give the time of showing as pts, so that sorting packets by pts, or trusting the
# pts of decoded frames, gives the frames in order.
# Seen: in AVI and MXF pts only rises in the order of decoding although pictures are reordered; frames come out of
# the decoder in the right order but with stamps that go back. The order of the output is right, the stamps are not.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q --disable-pip-version-check install av==18.1.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import av
import numpy as np

for suffix in ("avi", "mxf"):
    name = f"film.{suffix}"
    with av.open(name, "w") as film:
        stream = film.add_stream("libx264", rate=25, options={"g": "24", "bf": "3"})
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        for n in range(72):
            picture = np.full((96, 128, 3), 40 + 2 * n, np.uint8)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(stream.encode())
    with av.open(name) as film:
        packets = [p.pts for p in film.demux(film.streams.video[0]) if p.size]
    with av.open(name) as film:
        frames = [(f.pts, f.to_ndarray(format="gray").mean()) for f in film.decode(video=0)]
    rising = all(a < b for a, b in zip(packets, packets[1:]))
    stamps = [s for s, _ in frames]
    back = sum(b <= a for a, b in zip(stamps, stamps[1:]) if a is not None and b is not None)
    light = [v for _, v in frames]
    right = all(a < b for a, b in zip(light, light[1:]))
    print(f"{suffix}: packets' pts only rise: {rising}; decoded pts that go back: {back}; pictures in order: {right}")
    assert rising and right and back > 0, "the stamps now tell the order of showing"
PY
