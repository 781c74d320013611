"""Figures cut out of a photograph go in; displacements of bodies that breathe and sway come out."""
