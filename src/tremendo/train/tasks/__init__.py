"""What each network learns: colors, the rendering of faces, what a face is made of, words."""
