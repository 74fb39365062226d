"""What is wrong with a training, since when, and what to change: measured while it runs, and read from its log."""
