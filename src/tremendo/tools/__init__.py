"""One file or folder goes in, one kind of work is done on it: the commands without a project.

- ``describe.py``: what films and photographs show; ``reference.py``: how a finished film is cut;
- ``restore.py``, ``colorize.py``, ``animate.py``: one step of the finish alone;
- ``batch.py``: any of them over a folder; ``film.py``: a film processed shot by shot.
"""
