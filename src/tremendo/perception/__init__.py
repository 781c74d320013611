"""What pictures show: faces, people and their poses, what a face is made of, words for subjects."""
