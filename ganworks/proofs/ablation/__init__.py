"""What each trick is worth: flipped one by one against a baseline, at equal processor time, over seeds."""
