"""The engine for who brings LivePortrait's weights (Guo et al. 2024): faces painted by a network.

``tremendo models add liveportrait FOLDER`` makes one file of the authors' checkpoints (see
``models/convert/liveportrait_bundle.py``); nothing of LivePortrait comes with tremendo, and its
detectors, which are not for commercial use, are not needed: faces are tremendo's own.
"""
