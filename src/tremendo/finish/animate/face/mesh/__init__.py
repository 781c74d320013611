"""A face and its motion go in; the photograph bent along a mesh of the head comes out.

- ``topology.py``: which landmarks are what; ``rings.py``: hair and neck around them;
- ``mesh.py``: all of it, made to turn;
- ``eyes.py``, ``mouth.py``, ``teeth.py``, ``folds.py``, ``glasses.py``: what no mesh can show;
- ``head.py``: one head with all of these; ``engine.py``: the heads of one photograph.
"""
