"""Tests of the writers for editing programs."""
