"""A known truth and a method go in, figures come out, beside those of baselines: ``evaluate``.

- ``color.py``, ``color_figures.py``, ``color_plot.py``; ``restore.py`` with ``period.py`` and
  ``scene.py``; ``animate.py``, ``transfer.py``; ``montage.py`` with ``cutters.py``; ``music.py``
  with ``songs/``, a world of songs whose beats are known.
"""
