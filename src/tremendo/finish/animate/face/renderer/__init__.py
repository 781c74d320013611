"""A bent face and the maps of its mesh go in; its retouched luma comes out of tremendo's network.

- ``input.py``: the close-up and the maps that the network sees; ``network.py``: what it changes.
"""
