"""Color for photographs and film: lightness stays, chroma comes from a network and stays steady."""
