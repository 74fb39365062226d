"""`ganworks prove`: small experiments that show what the papers claim."""

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganworks.cli.arguments import Usage, call, make_room
from ganworks.cli.trials import bar_of
from ganworks.proofs import titles
from ganworks.registry import Unknown

if TYPE_CHECKING:
    from ganworks.proofs.bench import Bench


def main(words: Sequence[str], line: str) -> int:
    return call(prove, words, line)


def prove(
    name: str = "",
    *,
    seeds: int = 3,
    all: bool = False,
    budget: str | None = None,
    data: Path | None = None,
    out: Path | None = None,
) -> int:
    """Run the experiment behind a claim, over seeds, with its ablation, and say whether it shows the claim.

    Without a NAME the proofs are listed. What is done stays done: the same command goes on after an interrupt. Each
    trial runs on one thread, and its budget is processor time, so that arms compare on a busy machine too. The exit
    code says whether it ran, not what it showed: that is the verdict in OUT/NAME.json.

    seeds: trials of each arm; below 3 no difference can be shown at the 5 % level
    all: run every proof that is due, the shortest first
    budget: no trial begins that is not expected to be done within this time, such as 90m or 2h
    data: the folder of data sets that are not built in
    out: the folder of the results; runs/proofs if not given
    """
    if name and name not in titles():
        raise Unknown("proof", name, titles())
    out = out or Path("runs/proofs")
    if not 1 <= seeds <= 16:
        raise Usage(f"--seeds: {seeds} was given; possible: 1 to 16")
    if name and all:
        raise Usage("either the name of a proof, or --all")
    if not name and not all:
        print(listing(out))
        return 0
    until = None if budget is None else time.monotonic() + seconds(budget)

    if data and not data.is_dir():
        raise Usage(f"--data: there is no folder {data}; give the one that holds the data sets")
    make_room(out / "proof.json")

    import torch

    from ganworks.proofs.bench import Bench
    from ganworks.proofs.prove import find

    torch.set_num_threads(1)
    claims = {name: find(name) for name in ([name] if name else titles())}
    bench = Bench(out, data)
    lacking: list[str] = []
    for each, claim in sorted(claims.items(), key=lambda item: item[1].minutes if all else 0):
        if all and (missing := [need for need in claim.needs if not bench.has(need)]):
            lacking.append(f"{each} was left out: it needs {', '.join(missing)} (--data)")
            continue
        for need in claim.needs:
            bench.find(need)
        run(each, bench, seeds, until)
    print(*lacking, sep="\n", end="\n" if lacking else "")
    return 0


def run(name: str, bench: "Bench", seeds: int, until: float | None) -> None:
    """One proof, with a bar for the trial that runs, and the verdict."""
    from ganworks.proofs.prove import find, prove, trials_of

    claim = find(name)
    print(f"{name}: {claim.says}\n  {claim.source}")
    due = sum(trial.result() is None for trial in trials_of(claim, seeds, bench.folder))
    if due:
        print(f"  trials due: {due}, about {max(1, round(due * claim.minutes))} min on one core")
    with bar_of(bench) as started:
        outcome = prove(name, bench, seeds, until, started)
    print(report(outcome))
    print(f"  {bench.folder / name}.json, {bench.folder / name}.svg\n")


def report(outcome: dict[str, Any]) -> str:
    """The verdict and what it rests on."""
    lines = [f"  ! {words}" for words in outcome["failed"]]
    lines += [f"  {'+' if finding['holds'] else '-'} {finding['words']}" for finding in outcome["findings"]]
    from ganworks.proofs.claim import ENOUGH

    due = f" (trials still due: {outcome['due']})" if outcome["due"] else ""
    more = f" (ganworks prove {outcome['name']} makes {ENOUGH})" if outcome["verdict"] == "too few seeds" else ""
    return "\n".join([*lines, f"  {outcome['name']}: {outcome['verdict'].upper()}{more}{due}"])


def listing(out: Path) -> str:
    """All proofs, and what is known of them in this folder."""
    rows = []
    for name, title in titles().items():
        try:
            verdict = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))["verdict"]
        except (OSError, ValueError, KeyError):
            verdict = "not yet run"
        rows.append((name, verdict, title))
    width = max(len(name) for name, _, _ in rows)
    return "\n".join(f"{name:<{width}}  {verdict:<11}  {title}" for name, verdict, title in rows)


def seconds(text: str) -> float:
    """90m -> 5400. Usage for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|h)", text)
    if not found:
        raise Usage(f"--budget: '{text}' was given; a number with s, m or h expected, such as 90m or 2h")
    return float(found[1]) * {"s": 1, "m": 60, "h": 3600}[found[2]]
