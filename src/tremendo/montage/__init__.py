"""The montage: where the film is cut, which shot stands where, and why.

``propose`` makes whole cuts from a song and a described archive; ``explain`` says why a shot
stands in its slot; ``interchange`` hands the cut to editing programs.
"""
