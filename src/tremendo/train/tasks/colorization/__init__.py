"""Gray pictures in, a distribution over colors at each place out."""
