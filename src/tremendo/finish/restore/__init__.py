"""Restoration of old film, shot by shot: :func:`restore_film`."""
