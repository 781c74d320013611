"""Training of the neural face renderer on films of faces."""
