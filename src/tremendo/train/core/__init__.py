"""What every training stands on: the loop, checkpoints, rates, pictures and their wear, reports."""
