"""Descriptions of the pulses and meters a song may have in, the likeliest ones out."""
