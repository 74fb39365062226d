"""Proofs: small experiments that show what a paper claims, one short file a claim in `claims/`.

    claim = find("wgan_gp")
    outcome = prove("wgan_gp", Bench(Path("runs/proofs")), seeds=5)

Names and titles are read from the source, so that listing them imports nothing heavy.
"""

import ast
from pathlib import Path

CLAIMS = Path(__file__).parent / "claims"


def titles() -> dict[str, str]:
    """Every claim by name, with the first line of its file."""
    files = sorted(file for file in CLAIMS.glob("*.py") if file.stem != "__init__")
    docs = ((file.stem, ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))) for file in files)
    return {name: (doc or "").split("\n")[0] for name, doc in docs}
