"""Tests of the montage."""
