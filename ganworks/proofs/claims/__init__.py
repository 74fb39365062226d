"""One short file a claim: its first line is its title, `CLAIM` is what is claimed and how it is tried."""
