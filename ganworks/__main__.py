"""`ganworks VERB …`: finds the verb, and turns what a user can put right into one line and an exit code.

0 is success, 1 a failure of the work itself, 2 a mistake in what was asked, 3 a finding of the doctor for those who
asked for it, 130 an interrupt.
"""

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from types import TracebackType

VERBS = {
    "train": ("train [SYSTEM] PICTURES", "train a system on pictures, or go on with a run: ganworks train runs/a"),
    "sample": ("sample RUN", "draw new pictures from a run"),
    "walk": ("walk RUN", "a film of a run's pictures turning into each other"),
    "mix": ("mix RUN", "a grid of pictures made of two others each"),
    "directions": ("directions RUN", "ways through the latent space, each of which changes one thing"),
    "edit": ("edit RUN", "change pictures along a direction, or by arithmetic on their codes"),
    "invert": ("invert RUN PICTURE …", "the codes with which a run makes given pictures"),
    "dissect": ("dissect RUN CLASS", "the feature maps that draw a class, and what is drawn without them"),
    "apply": ("apply RUN PICTURES", "new pictures of your own ones, from a run that translates or restores"),
    "complete": ("complete [RUN] PICTURE --mask MASK", "a picture with its holes filled, by a run of glcic"),
    "upscale": ("upscale [RUN] PICTURE", "a larger picture, or a repaired one, from a run that restores"),
    "stylise": ("stylise PHOTO --style PICTURE", "paint a photograph as another picture is painted"),
    "morph": ("morph PICTURES A B --landmarks FILE", "one picture turning into another of its kind"),
    "evaluate": ("evaluate RUN REAL", "how near a run's pictures, or any others, are to real ones"),
    "compare": ("compare FILE …", "earlier results side by side, if that is right"),
    "doctor": ("doctor RUN", "what is wrong with a run, since when, and what to change"),
    "list": ("list", "all systems, by domain"),
    "show": ("show SYSTEM", "what a system is, and its settings"),
    "data check": ("data check PICTURES", "what is found in a folder, and what training will do with it"),
    "data show": ("data show PICTURES", "a grid of pictures, as augmentation changes them"),
    "features train": ("features train PICTURES", "a network that judges pictures like yours, from their labels"),
    "lab": ("lab TOY", "systems side by side on toy data: which modes each of them misses"),
    "prove": ("prove [NAME]", "the experiment behind a claim, over seeds, with its ablation"),
    "ablate": ("ablate [SYSTEM] PICTURES", "what each trick is worth: flipped one by one, at equal time, over seeds"),
    "race": ("race PICTURES", "all systems on your pictures at equal time: which one to choose"),
    "check": ("check my_module:my_system", "whether a system keeps the rules"),
}
EXAMPLES = """\
  ganworks train fashion_mnist_10k --minutes 3      try it: 10,000 pictures are built in
  ganworks train photos/                            your own pictures, a good default system
  ganworks train wgan_gp photos/ --size 64 --out runs/a
"""


def main(words: Sequence[str] | None = None) -> int:
    """Run a command; the exit code."""
    words = sys.argv[1:] if words is None else words
    try:
        return answer(list(words))
    except ValueError as error:
        if not is_ours(error.__traceback__):
            raise
        from ganworks.cli.arguments import as_typed

        return say_error(as_typed(str(error)))
    except BrokenPipeError:  # whoever read our lines, as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return say_error(
                "the disk is full. Checkpoints are kept; free some space, and give the same command again", 1
            )
        if error.filename is None:
            raise
        return say_error(f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        return say_error("interrupted", 130)


def answer(words: list[str]) -> int:
    """Dispatch to the verb; its module is imported only now."""
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    if not words or words[0] in ("-h", "--help"):
        print(overview())
        return 0
    if words[0] in ("--version", "-V"):
        print(f"ganworks {version('ganworks')}")
        return 0
    from ganworks.cli.arguments import Usage
    from ganworks.registry import Unknown

    second = [verb.split()[1] for verb in VERBS if verb.startswith(words[0] + " ")]
    if second:  # a verb of two words
        if words[1:2] in ([], ["-h"], ["--help"]):
            lines = ", ".join(f"ganworks {VERBS[f'{words[0]} {word}'][0]}" for word in second)
            if len(words) > 1:
                print(lines.replace(", ", "\n"))
                return 0
            raise Usage(f"'{words[0]}' goes with {' or '.join(second)}: {lines}")
        words = [" ".join(words[:2]), *words[2:]]
    if words[0] not in VERBS:
        if Path(words[0]).exists():
            raise Usage(f"'{words[0]}' is no verb. Did you mean: ganworks train {words[0]}")
        raise Unknown("verb", words[0], VERBS)
    module = importlib.import_module("ganworks.cli." + words[0].replace(" ", "_"))
    return module.main(words[1:], "ganworks " + VERBS[words[0]][0])


def overview() -> str:
    from ganworks.cli.arguments import columns

    verbs = columns([(f"ganworks {line}", about) for line, about in VERBS.values()])
    return (
        "ganworks: train, judge, diagnose and use generative adversarial networks\n\n"
        f"{verbs}\n\nEach explains itself: ganworks train --help. To begin:\n{EXAMPLES}"
    ).rstrip()


def is_ours(trace: TracebackType | None) -> bool:
    """Whether an exception was raised in this package, knowingly; one from inside torch or a user's module is a bug."""
    while trace and trace.tb_next:
        trace = trace.tb_next
    return trace is not None and Path(trace.tb_frame.f_code.co_filename).is_relative_to(Path(__file__).parent)


def say_error(text: str, code: int = 2) -> int:
    print("ganworks: error: " + " ".join(text.split()), file=sys.stderr)
    return code


if __name__ == "__main__":
    code = main()
    if "WORLD_SIZE" in os.environ:  # one of several processes, by torchrun
        from ganworks.engine import ranks

        ranks.leave(code)
    sys.exit(code)
