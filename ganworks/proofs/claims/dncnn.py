"""One net removes noise better than non-local means and total variation; it also sharpens, and repairs JPEGs."""

from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import AtLeast, Claim, Numbers
from ganworks.proofs.classical import non_local_means, total_variation
from ganworks.proofs.repaired import decibels, held_out, photographs
from ganworks.proofs.restored import learnt
from ganworks.systems.restoration import Restoration

WIDTH, DEPTH, PATCH, MINUTES, SIGMA = 32, 10, 40, 3.0, 25
ARMS = {"noise": f"noise:{SIGMA}", "blur": "blur:3-9", "jpeg": "jpeg:10-40"}


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    degrade = ARMS[arm]
    patches = photographs(bench, degrade, PATCH)
    system = bench.build("dncnn", patches, seed, width=WIDTH, depth=DEPTH, degrade=degrade)
    assert isinstance(system, Restoration)
    engine = learnt(bench, patches, system, seed, minutes=MINUTES, rates={"G": 1e-3})

    batch = held_out(bench, degrade)
    true, other = batch["image"], batch["other"]
    made = decibels(engine.average.system.translate(other), true)  # type: ignore[operator]
    found: Numbers = {"dB": made, "dB gained": made - decibels(other, true), "steps": engine.step}
    if arm == "noise":
        # The rivals choose their settings by the true pictures.
        reach = 10 if bench.scale >= 0.1 else 2
        means = max(decibels(non_local_means(other, SIGMA, strength, reach), true) for strength in (0.4, 0.55, 0.7))
        variation = max(decibels(total_variation(other, weight), true) for weight in (0.1, 0.15, 0.2, 0.25))
        found |= {"dB above non-local means": made - means, "dB above total variation": made - variation}
    return found


CLAIM = Claim(
    says="One net, learnt from pairs, removes noise of sigma 25 better than non-local means and total variation; "
    "learnt from other pairs, it takes away blur, and the traces of JPEG",
    source="Zhang et al. 2016 (arXiv 1608.03981), tables II and V",
    arms={"noise": "Gaussian, sigma 25", "blur": "of 3 to 9 pixels", "jpeg": "of quality 10 to 40"},
    trial=trial,
    checks=[
        AtLeast("dB above non-local means", "noise", 0.5),
        AtLeast("dB above total variation", "noise", 0.5),
        AtLeast("dB gained", "blur", 1.0),
        AtLeast("dB gained", "jpeg", 0.3),
    ],
    minutes=MINUTES + 0.5,
    needs=["photos"],
    remarks="""Nine photographs to learn from, 48 patches of 96 pixels of three others to measure on; PSNR of all
    channels, of 8-bit values. A net of 10 layers of 32 channels, in place of 17 of 64. The rivals may choose their
    settings by the true pictures. Blur of 3 to 9 pixels leaves these photographs at 45.8 dB, as they have hardly a
    detail as fine as a pixel: there is little to bring back.""",
)
