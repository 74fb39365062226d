"""The command line: one file a verb, each a function whose signature is what can be given to it.

Nothing here may import torch before the words are understood: help, lists and errors must come at once.
"""
