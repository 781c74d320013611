"""The stages of a film, one file each: what it depends on, its work, its weights, its record.

- ``ingest.py``: a film or photograph described; ``listen.py``: the song heard;
- ``montage.py``: the cut; ``film_take.py``: a take restored and colored; ``color.py``: a photograph
  colored; ``voice.py``: the song's singer; ``animate.py``: a photograph set in motion;
- ``render.py``: the film itself.
"""
