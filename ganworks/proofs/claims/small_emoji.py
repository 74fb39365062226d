"""With 1,911 emoji, changing the pictures in front of D gives better ones."""

from ganworks.proofs.few import claim

CLAIM = claim(
    "emoji",
    says="With 1,911 pictures of 32 pixels, DiffAugment and ADA bring the samples nearer to them, and none is a copy.",
    needs=("emoji", "efficientnet_lite0"),
    remarks="""dcgan, width 16, Adam 5e-4. The distance is to the pictures trained on, as there are no others;
    copies are samples that are nearer to one than 99 % of these are to each other; 0.01 is chance.""",
)
