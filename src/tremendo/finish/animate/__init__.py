"""A photograph goes in, frames in which it moves and a record of what was done come out.

A map of the room, in the order in which a photograph walks through it:

- ``analysis/``: what is seen in it: people, outlines, composition, depth, what may flow;
- ``choice.py``: what is to move, with the reason;
- ``face/``: faces that perform; ``people/``: bodies that stir; ``flow/``: water and leaves;
- ``camera/``: the moves of a virtual camera over layers of depth.
"""
