"""Moved faces in, what geometry cannot give them out: lids, mouths, folds."""
