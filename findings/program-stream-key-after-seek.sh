#!/usr/bin/env bash
# PyAV 18.1.0 (its bundled FFmpeg), MPEG-2 in an MPEG program stream (.mpg, as on DVDs).
#
# A good guess: the packet with a key frame looks the same whether the file is demuxed from the start or after a
# seek to it, so that it can be recognized by its position or its time stamp.
# Seen: after a seek the first packet is the rest of an earlier picture; the key packet behind it has no position
# any more, and another time stamp than in the reading from the start. Only the sizes of the packets agree.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q --disable-pip-version-check install av==18.1.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PY'
import av
import numpy as np

rng = np.random.default_rng(1)
with av.open("reel.mpg", "w") as film:
    stream = film.add_stream("mpeg2video", rate=25, options={"g": "15", "bf": "2"})
    stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 128, 96, "yuv420p", 300_000
    for n in range(3000):
        picture = rng.integers(0, 256, (6, 8, 3), np.uint8).repeat(16, 0).repeat(16, 1)
        film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
    film.mux(stream.encode())

with av.open("reel.mpg") as film:
    stream = film.streams.video[0]
    packets = [(p.pos, p.pts, p.size, p.is_keyframe) for p in film.demux(stream) if p.size]
sizes = [size for _, _, size, _ in packets]
lost = moved = tried = 0
for number in [n for n, p in enumerate(packets) if p[3] and p[0] is not None][20:120:10]:
    position, stamp, size, _ = packets[number]
    with av.open("reel.mpg") as film:
        stream = film.streams.video[0]
        film.seek(position, stream=stream, unsupported_byte_offset=True)
        after = []
        for packet in film.demux(stream):
            after.append((packet.pos, packet.pts, packet.size, packet.is_keyframe))
            if len(after) == 40:
                break
    places = ((a, n) for a in range(35) if after[a][3] for n in range(len(sizes)))
    here = [size for _, _, size, _ in after]
    a, start = next((a, n) for a, n in places if sizes[n : n + 5] == here[a : a + 5])
    tried += 1
    lost += packets[start][0] != after[a][0]
    moved += packets[start][1] != after[a][1]
print(f"PyAV {av.__version__}: {tried} seeks: key with another position {lost}, another time stamp {moved}")
assert lost > 0 or moved > 0, "after a seek the key packet is now described as in linear reading"
PY
