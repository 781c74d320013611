"""Faces of a photograph and a performance go in; frames in which they move come out.

- ``motion.py``: how a head moves, the one thing that drivers make and engines follow;
- drivers: ``presets.py`` (with ``expression.py`` and a singer's ``voice.py``), ``film_driver.py``;
- engines: ``mesh/`` bends the photograph, ``renderer/`` retouches, ``liveportrait/`` repaints it;
- ``engine.py``, ``registry.py``: what every engine is, and all of them by name;
- ``calibration.py``: how far a head really turns; ``performance.py``: all of it for a photograph;
- ``paint.py``: the small tools of painting that the engines share.
"""
