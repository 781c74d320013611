"""Writers of the cut for editing programs."""
