"""Gray pictures in, the words that they show out."""
