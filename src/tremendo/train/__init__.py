"""Training of tremendo's networks; needs the ``train`` extra (torch)."""
