"""Gray photographs and film in, the same in color out: lightness stays, chroma is estimated.

``photo`` and ``film`` are the doors. An engine (``engine``, ``engines/``) estimates colors on a
coarse grid, ``guided`` draws them toward references and key frames of the shot, ``temporal_fusion``
makes estimates of key frames into colors of every frame, ``upsampling`` brings them to full size,
``lab`` puts them onto the untouched lightness.
"""
