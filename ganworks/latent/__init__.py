"""What can be done in a latent space: mixing, moving along directions, finding the code of a picture, dissection.

A system has a latent space if it draws z (N, d). If it has `styles(inputs) -> w (N, L, d)`, and `generate` takes an
entry "w" in place of z, the tools work on w.
"""
