"""With 500 garments, changing the pictures in front of D gives better ones."""

from ganworks.proofs.few import claim

CLAIM = claim(
    "garments",
    says="With 500 pictures, DiffAugment and ADA bring the samples nearer to all 10,000, and none is a copy.",
    remarks="""Another 500 garments for each seed; dcgan, width 16, Adam 5e-4. Copies are samples that are nearer to a
    picture trained on than 99 % of these are to each other; 0.01 is chance. A D of this size has not learnt 500
    garments by heart after 8,000 steps: without help there is no copy either, and the distance is no larger than in
    the proof dcgan, which has all 10,000. What helps against overfitting then only costs steps.""",
)
