"""Frames between frames: repeated, moved along the optical flow, or made by a network (RIFE)."""
