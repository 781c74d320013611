"""Arithmetic on pictures: color spaces, sizes, motion, easing, grain, measures of likeness."""
