"""Moving pictures in the manner of 1896 to 1904, painted frame by frame."""
