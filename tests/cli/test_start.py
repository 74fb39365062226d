"""The command line answers at once: nothing of it imports torch before there is work to do."""

import resource
import subprocess
import sys

import pytest

ANSWERS = (
    ("", 0, "ganworks train"),
    ("--help", 0, "ganworks sample RUN"),
    ("--version", 0, "ganworks 0"),
    ("list", 0, "wgan_gp"),
    ("show wgan_gp", 0, "--penalty"),
    ("train --help", 0, "--steps"),
    ("train wgan_gp --help", 0, "--penalty"),
    ("help walk", 0, "--frames"),
    ("data check --help", 0, "--channels"),
    ("train photos --widht 3", 2, "--width"),
    ("train photos --steps x", 2, "whole number"),
    ("lsit", 2, "list"),
)
PROGRAM = """
import sys
from ganworks.__main__ import main
try:
    code = main(sys.argv[1:])
except SystemExit as end:  # argparse leaves like that after its help
    code = end.code or 0
print([name for name in sys.modules if name in ("torch", "numpy", "PIL")])
sys.exit(code)
"""


def cpu_seconds() -> float:
    """Of the processes waited for; unlike the clock it does not count what else the machine does."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.parametrize(("words", "code", "said"), ANSWERS)
def test_answers_at_once(words: str, code: int, said: str):
    times = []
    for _ in range(3):
        begin = cpu_seconds()
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *words.split()], capture_output=True, text=True, check=False
        )
        times.append(cpu_seconds() - begin)
        if times[-1] < 0.5:
            break
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "[]", "these were imported"
    assert min(times) < 0.5
    assert len(done.stderr.splitlines()) == (1 if code else 0)
