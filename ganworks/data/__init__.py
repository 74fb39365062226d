"""Datasets and the endless, seeded stream of batches that training reads.

    pictures = open_pictures("photos/", size=64)
    stream = Stream(pictures, batch=64, seed=0)
    batch = next(stream)  # {"image": (64, 3, 64, 64) in [-1, 1], "label": (64,) if there are labels}

Nothing is imported before it is asked for, so that the command line starts without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganworks.data.augment import Augment as Augment
    from ganworks.data.domains import Domains as Domains
    from ganworks.data.domains import stream_of as stream_of
    from ganworks.data.open import open_pictures as open_pictures
    from ganworks.data.open_photos import open_patches as open_patches
    from ganworks.data.open_two import open_domains as open_domains
    from ganworks.data.open_two import open_parts as open_parts
    from ganworks.data.patches import Patches as Patches
    from ganworks.data.pictures import Pictures as Pictures
    from ganworks.data.stream import Stream as Stream
    from ganworks.data.write import from_bytes as from_bytes
    from ganworks.data.write import save_each as save_each
    from ganworks.data.write import save_grid as save_grid
    from ganworks.data.write import side_by_side as side_by_side
    from ganworks.data.write import to_bytes as to_bytes

HOMES = {
    "Augment": "augment",
    "Domains": "domains",
    "Patches": "patches",
    "Pictures": "pictures",
    "Stream": "stream",
    "from_bytes": "write",
    "open_domains": "open_two",
    "open_parts": "open_two",
    "open_patches": "open_photos",
    "open_pictures": "open",
    "save_each": "write",
    "save_grid": "write",
    "side_by_side": "write",
    "stream_of": "domains",
    "to_bytes": "write",
}
AUGMENTATION = ("flip", "rotate", "colour", "zoom", "crop", "light")  # the settings of Augment
__all__ = [
    "AUGMENTATION",
    "Augment",
    "Domains",
    "Patches",
    "Pictures",
    "Stream",
    "from_bytes",
    "open_domains",
    "open_parts",
    "open_patches",
    "open_pictures",
    "save_each",
    "save_grid",
    "side_by_side",
    "stream_of",
    "to_bytes",
]


def __getattr__(name: str) -> object:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
