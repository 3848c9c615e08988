"""The page for people who come from DeepSpeed: every block of it is run beside DeepSpeed's own schedulers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
# DeepSpeed logs to what standard output is when it is imported, which is not what the blocks print to.
RUN: Final = """
import sys, deepspeed
from pathlib import Path
from docpages import python_blocks
from docpages.blocks import blocks
print("blocks:", python_blocks.run(blocks(Path(sys.argv[1]))))
"""


def test_the_blocks_of_the_page_run_beside_deepspeed(tmp_path: Path) -> None:
    page = ROOT / "docs" / "migrating" / "deepspeed.md"
    done = subprocess.run([sys.executable, "-c", RUN, str(page)], cwd=tmp_path, text=True, encoding="utf-8",
                          env=os.environ | {"PYTHONPATH": str(ROOT / "tests" / "docs")}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "blocks: 6" in done.stdout
