"""Color engines: tremendo's own network, and those that run a network of the user's."""
