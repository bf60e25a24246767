"""What a workload found: figures beside their limits and bars, as a table for people and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

LOADED = 0.5
"""Runnable tasks a core before the run, above which figures are called measured under load."""

out = Console(width=132)


@dataclass(frozen=True)
class Figure:
    """One line. `bar` is what is wanted of `measured` ("<= 2"); without one the line only informs.

    `ours` and `limit` are in `unit`; `measured` is the ratio, or whatever else the bar is about.
    """

    what: str
    unit: str
    ours: float
    limit: float | None = None
    measured: float | None = None
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None without one."""
        if self.measured is None or (self.most is None and self.least is None):
            return None
        return (self.most is None or self.measured <= self.most) and (self.least is None or self.measured >= self.least)

    @property
    def bar(self) -> str:
        parts = [f"{sign} {value:,g}" for sign, value in (("<=", self.most), (">=", self.least)) if value is not None]
        return " and ".join(parts)


@dataclass(frozen=True)
class WorkloadResult:
    """A workload's answer: its size in words, how the answer was checked, its figures, and the same for machines."""

    name: str
    size: str
    checked: str
    figures: Sequence[Figure]
    document: Mapping[str, Any] = field(default_factory=dict)


def written(value: float | None, unit: str) -> str:
    """`12.3 ms`, `4.56 s`, `25,000 /s`, `310 MB`, `1.83`."""
    if value is None:
        return ""
    if unit == "s":
        return f"{value * 1000:,.1f} ms" if value < 1 else f"{value:,.2f} s"
    return f"{value:,.2f}" if unit == "" else f"{value:,.0f} {unit}"


def show(result: WorkloadResult, scale: str, machine: Mapping[str, Any]) -> None:
    """Print a workload's table."""
    out.print(f"\n[bold]{result.name}[/bold]  {scale}: {result.size}")
    out.print(f"  answer checked: {result.checked}")
    if machine["load"] > LOADED * machine["cores"]:
        out.print(f"  [yellow]measured under load[/yellow]: {machine['load']} runnable on {machine['cores']:.0f} cores")
    table = Table(box=None, pad_edge=True, header_style="dim")
    for head in ("", "ours", "limit", "ratio", "bar", "met", ""):
        table.add_column(head, justify="right" if head in ("ours", "limit", "ratio") else "left")
    for figure in result.figures:
        met = {None: "", True: "[green]yes[/green]", False: "[red]no[/red]"}[figure.met]
        ratio = (
            ""
            if figure.measured is None
            else f"{figure.measured:,.2f}"
            if figure.measured < 1000
            else f"{figure.measured:,.0f}"
        )
        table.add_row(
            figure.what,
            written(figure.ours, figure.unit),
            written(figure.limit, figure.unit),
            ratio,
            figure.bar,
            met,
            figure.note,
        )
    out.print(table)


def document(result: WorkloadResult, scale: str, machine: Mapping[str, Any], date: str) -> dict[str, Any]:
    """A workload for machines: what it says of itself, with its date, its machine and its bars."""
    bars = [
        {"what": figure.what, "measured": figure.measured, "bar": figure.bar, "met": figure.met}
        for figure in result.figures
        if figure.met is not None
    ]
    under_load = machine["load"] > LOADED * machine["cores"]
    return {
        "name": result.name,
        "scale": scale,
        "date": date,
        "size": result.size,
        "machine": dict(machine) | {"under_load": under_load},
        **result.document,
        "bars": bars,
    }
