"""A photograph and an area go in; frames in which the area flows in a seamless loop come out."""
