"""The tables of `benchmarks.decoding`, from its JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.decoding_peers import METHODS

DOCS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- benchmarks.decoding: begin -->", "<!-- benchmarks.decoding: end -->"
NAMES = {
    "neo-numpy": "**ours, NumPy**",
    "neo-torch": "**ours, torch**",
    "static-csr": "STATIC (CSR)",
    "transformers": "transformers",
    "outlines-core": "outlines-core",
    "xgrammar": "xgrammar",
    "llguidance": "llguidance",
}
OURS = ("neo-numpy", "neo-torch")
Record = dict[str, Any]


def report(values: Record) -> str:
    """All tables for which there are results, as Markdown."""
    records = sorted(values["cells"], key=_order)
    parts = []
    if records:
        parts += [_ran_on(values), _goals(values, records), _indexes(records), _steps(records), _masked(records)]
    if "model_share" in values:
        parts.append(_share(values["model_share"]))
    return "\n\n".join(part for part in parts if part) + "\n"


def write_docs(text: str, path: Path = DOCS) -> None:
    """Put the tables between their two marks in the documentation.

    Raises:
        ValueError: if the marks are not there.
    """
    page = path.read_text(encoding="utf-8")
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path} has no marks between which the tables go")
    path.write_text(f"{head}{BEGIN}\n\n{text}\n{END}{tail}", encoding="utf-8")


def _order(record: Record) -> tuple[Any, ...]:
    return record["device"], record["items"], list(METHODS).index(record["method"]), record["vocabulary"] or 0


def _ran_on(values: Record) -> str:
    machine = values["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["packages"].items() if version)
    flags = f" ({', '.join(machine['flags'])})" if machine["flags"] else ""
    after = values.get("load_after")
    loads = f"load average {_list(values['load_before'])} before" + (f", {_list(after)} after" if after else "")
    return (
        f"{values['date'][:10]}. {machine['cpu']}{flags}, {machine['cores']} cores, "
        f"{machine['memory_bytes'] / 2**30:.0f} GiB; {machine['gpu'] or 'no GPU'}. {machine['system']}, "
        f"Python {machine['python']}, {versions}. {loads[0].upper()}{loads[1:]}. "
        f"A method gives up at {values['settings']['budget_seconds']:g} s for building, for the steps of one number of "
        f"beams or for switching, or at {values['settings']['memory_gb']:g} GB."
    )


def _goals(values: Record, records: list[Record]) -> str:
    """What the project set itself, and what both of ours reach on the largest catalog."""
    ours = [_of(records, name, "cpu") for name in OURS]
    if not all(ours):
        return ""
    items = max(record["items"] for record in ours[0])
    largest = [next(record for record in found if record["items"] == items) for found in ours]
    ten = [next((record for record in found if record["items"] == 10_000), None) for found in ours]

    def row(goal: str, value: Callable[[Record], str]) -> list[str]:
        return [goal, *(value(record) if record["status"] == "done" else _why(record) for record in largest)]

    rows = [
        row("built from sorted codes in at most 3 s", lambda r: _seconds(r["built"]["seconds"])),
        row("at most 25 bytes an item beyond the codes", lambda r: f"{_beyond_codes(r):.1f} bytes"),
        row("a step at 1 beam: at most 60 µs", lambda r: _step(r["steps"].get("1"))),
        row("a step at 30 beams: at most 500 µs", lambda r: _step(r["steps"].get("30"))),
        row("a condition from its bools: at most 15 ms", lambda r: _milliseconds(r["switch"]["seconds"])),
    ]
    ratios = ["1 beam, against 10,000 items: hardly more"]
    for record, small in zip(largest, ten, strict=True):
        both = [one["steps"]["1"]["median_us"] for one in (record, small) if one and "1" in one["steps"]]
        ratios.append(f"{both[0] / both[1]:.2f} times" if len(both) == 2 else "")
    rows.insert(4, ratios)
    on_gpu = [_of(records, name, "cuda") for name in ("neo-torch", "static-csr")]
    if on_gpu[0]:
        took = [_step(next(iter(found[0]["steps"].values()), None)) if found else "" for found in on_gpu]
        beams = next(iter(on_gpu[0][0]["steps"]), "")
        goal = f"a step on a GPU, {on_gpu[0][0]['items']:,} items, {beams} beams: at most 100 µs"
        rows.append([goal, "", took[0] + (f"; STATIC {took[1]}" if took[1] else "")])
    if share := values.get("model_share"):
        most = max(row["items"] for row in share["rows"])
        found = [row for row in share["rows"] if row["items"] == most and row["beams"] == 1]
        reached = ", ".join(f"{row['writes']} {row['share']:.1%}" for row in found)
        rows.append([f"at most 2 % of a step of the default model ({most:,} items, 1 beam)", "", reached])
    return f"### Goals, at {items:,} items\n\n" + _table(["goal", *(NAMES[name] for name in OURS)], rows)


def _indexes(records: list[Record]) -> str:
    rows = []
    for record in records:
        built, switched = record.get("built"), record.get("switch")
        rows.append(
            [
                *_head(record),
                _duration(built["seconds"]) if built else _why(record),
                _memory(record) if built else "",
                _bytes(built["peak_bytes"]) if built else "",
                _milliseconds(switched["seconds"]) if switched else (_why(record) if built else ""),
            ]
        )
    head = ["items", "method", "vocabulary", "build", "index", "peak while building", "switch the condition"]
    return "### Building, memory, and another condition\n\n" + _table(head, rows)


def _steps(records: list[Record]) -> str:
    beams = sorted({int(count) for record in records for count in record["steps"]})
    rows = [
        [*_head(record), *(_step(record["steps"].get(str(count))) for count in beams)]
        for record in records
        if record["steps"]
    ]
    head = ["items", "method", "vocabulary", *(f"{count} {'row' if count == 1 else 'rows'}" for count in beams)]
    return "### A step: what may follow\n\nMicroseconds, median (p99), over all levels.\n\n" + _table(head, rows)


def _masked(records: list[Record]) -> str:
    parts = []
    for size in sorted({int(size) for record in records for size in record["masked"]}):
        found = [record for record in records if str(size) in record["masked"]]
        beams = sorted({int(count) for record in found for count in record["masked"][str(size)]})
        rows = [
            [*_head(record)[:2], *(_step(record["masked"][str(size)].get(str(count))) for count in beams)]
            for record in found
        ]
        head = ["items", "method", *(f"{count} {'row' if count == 1 else 'rows'}" for count in beams)]
        parts.append(f"Vocabulary {size:,}:\n\n" + _table(head, rows))
    title = (
        "### A step with the logits masked\n\nMicroseconds, median (p99): the step above, and every other logit −inf."
    )
    return "\n\n".join([title, *parts])


def _share(values: Record) -> str:
    rows = [
        [
            f"{row['items']:,}",
            str(row["beams"]),
            row["writes"],
            f"{row['model_ms']:.1f} ms",
            f"{row['constraint_ms']:.3f} ms",
            f"{row['share']:.2%}",
        ]
        for row in values["rows"]
    ]
    text = (
        f"{values['model']}. Load average {_list(values['load_before'])} before, {_list(values['load_after'])} after."
    )
    head = ["items", "beams", "writes", "model's step", "constraint", "share"]
    return f"### Share of a decoding step\n\n{text}\n\n" + _table(head, rows)


def _of(records: Iterable[Record], method: str, device: str) -> list[Record]:
    return [record for record in records if record["method"] == method and record["device"] == device]


def _head(record: Record) -> list[str]:
    name = NAMES[record["method"]] + (", GPU" if record["device"] == "cuda" else "")
    return [f"{record['items']:,}", name, "any" if record["vocabulary"] is None else f"{record['vocabulary']:,}"]


def _why(record: Record) -> str:
    if record["status"] == "gave up":
        reason = record["reason"].replace("|", "\\|")
        return f"gives up: {reason}" + ("" if record["stage"] == "build" else f" ({record['stage']})")
    return record["reason"] or record["status"]


def _memory(record: Record) -> str:
    """The index's own arrays where they can be counted, else what the process grew by."""
    arrays, grown = record["built"]["arrays"], record["built"]["resident_bytes"]
    return _bytes(sum(arrays.values())) if arrays else f"{_bytes(grown)} (process)"


def _beyond_codes(record: Record) -> float:
    arrays = record["built"]["arrays"]
    return sum(size for name, size in arrays.items() if name not in ("codes", "view")) / record["items"]


def _step(took: Record | None) -> str:
    return f"{_three(took['median_us'])} ({_three(took['p99_us'])})" if took else ""


def _three(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:.{max(0, 3 - len(str(int(value))))}f}" if value < 1000 else f"{value:,.0f}"


def _seconds(value: float) -> str:
    return f"{value:.3g} s" if value < 100 else f"{value:.0f} s"


def _duration(value: float) -> str:
    return _milliseconds(value) if value < 0.1 else _seconds(value)


def _milliseconds(value: float) -> str:
    return f"{value * 1000:.3g} ms" if value < 1 else _seconds(value)


def _bytes(value: float) -> str:
    if value < 1e6:
        return f"{max(value, 0) / 1e3:.0f} kB"
    return f"{value / 1e6:.3g} MB" if value < 1e9 else f"{value / 1e9:.2f} GB"


def _list(values: list[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
