"""The archive understood: what is there, at what true speed, in which shots, showing what."""
