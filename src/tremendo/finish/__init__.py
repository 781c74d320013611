"""What every shot in the cut goes through: restore, color, animate."""
