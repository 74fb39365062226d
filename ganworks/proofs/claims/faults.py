"""Each planted fault is seen by some metric, and many metrics miss one or take it for better."""

from ganworks.proofs.claim import Claim, Higher, Lower
from ganworks.proofs.faults import FAULTS, trial

CLAIM = Claim(
    says="Blur, noise, dropped classes and swapped colours raise the Fréchet distance; noise lowers precision, dropped "
    "classes lower recall; copies of the reference lower the distance, and are told by memorisation and the 1-NN test.",
    source="after Lucic et al. 2018 (arXiv 1711.10337), Xu et al. 2018 (arXiv 1806.07755), Naeem et al. 2020 (arXiv "
    "2002.09797)",
    arms={name: words for name, (words, _) in FAULTS.items()},
    trial=trial,
    checks=[
        *(Higher("fd", fault, "none") for fault in ("blur", "noise", "dropped classes", "colours")),
        Lower("precision", "noise", "none"),
        Lower("recall", "dropped classes", "none"),
        Higher("duplicates", "duplicates", "none"),
        Lower("fd", "copies", "none"),
        Higher("memorised", "copies", "none"),
        Lower("one_nn", "copies", "none"),
    ],
    minutes=0.5,
    needs=("emoji", "emoji_categories", "efficientnet_lite0"),
    remarks="""The reference is one half of 1,911 emoji, 400 pictures of the other half are judged, in the features of
    EfficientNet-lite0; a seed is a split. [Which metric sees which fault](metrics.md) is made of the same trials.""",
)
