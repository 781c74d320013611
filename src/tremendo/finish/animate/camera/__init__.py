"""A photograph and its depth go in; the frames of a virtual camera come out.

- ``moves.py``: the moves by name, and which one suits; ``framing.py``: how it sits in the frame;
- ``layers.py``, ``inpainting.py``: the photograph taken apart, hidden parts made up;
- ``view.py``: what the camera sees of the layers; ``parallax.py``: all of it for a shot.
"""
