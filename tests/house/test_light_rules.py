"""Tests of rules stay light: collecting them imports no database, no lake and not the whole application."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ("duckdb", "psycopg", "siyu.app")
COLLECT = f"""
import sys, pytest
assert pytest.main(["-q", "--collect-only", "-p", "no:cacheprovider", "tests/rules"]) == 0
print("HEAVY", [name for name in {HEAVY!r} if name in sys.modules])
"""


def test_rules_are_tested_without_database_lake_and_application() -> None:
    done = subprocess.run([sys.executable, "-c", COLLECT], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    assert done.stdout.splitlines()[-1] == "HEAVY []"
