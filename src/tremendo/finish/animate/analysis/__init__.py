"""A photograph goes in; what is seen in it comes out, before anything moves.

- ``composition.py``: vanishing point, horizon, sky, where the eye goes, the rim;
- ``appearance.py``: likely color and texture, place by place;
- ``people.py``, ``matte.py``: who is where, by networks;
- ``figures.py``, ``outlines.py``: people and things cut out at their edges;
- ``depth.py``: how far each place lies; ``flow_regions.py``: water and leaves.
"""
