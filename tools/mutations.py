"""Breaks the constraint on purpose and sees whether the tests notice: ``make mutations``.

Each mutation replaces one expression in a copy of the source tree, as a slip of the hand would, and runs the tests
that ought to fail. Prints a table of what failed; exit code 1 if a mutation survives, 2 if one no longer applies or the
tests fail without any.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
COPIED = ("catalog_db", "neo_assistant", "tests", "pyproject.toml")
DECODING, PLAN = "tests/neo_assistant/decoding", "tests/neo_assistant/grammar/test_plan.py"
SEGMENTS, TORCH = f"{DECODING}/test_segments.py", f"{DECODING}/test_torch_view.py"
PROCESSOR, BEAMS = "tests/neo_assistant/grammar/test_processor.py", "tests/neo_assistant/engine/test_beams.py"
BUDGET = "tests/neo_assistant/grammar/test_budget.py"
QUOTAS, PROMPTS = "tests/neo_assistant/grammar/test_quotas.py", "tests/neo_assistant/prompts/test_tokenizer.py"
_FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Mutation:
    """A slip of the hand.

    Args:
        name: what it does.
        path: the file, from the project's root.
        old, new: what is replaced; ``old`` stands in the file exactly once.
        tests: files or folders of tests of which one has to fail.
    """

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]

    def apply(self, root: Path) -> str:
        """Change the file under ``root``; gives what it was before.

        Raises:
            ValueError: if ``old`` does not stand there exactly once.
        """
        file = root / self.path
        text = file.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.path} holds {self.old!r} {text.count(self.old)} times, not once")
        file.write_text(text.replace(self.old, self.new), encoding="utf-8")
        return text


MUTATIONS = (
    Mutation(
        "the last word of a bitmap is not counted",
        "neo_assistant/decoding/bitmap.py",
        "return self.before.take(word) + np.bitwise_count(below)",
        "return self.before.take(word)",
        (f"{DECODING}/test_bitmap.py", SEGMENTS),
    ),
    Mutation(
        "off by one at the end of a range",
        "neo_assistant/decoding/index.py",
        "edges[-1] = hi\n",
        "edges[-1] = hi - 1\n",
        (f"{DECODING}/test_index.py", SEGMENTS),
    ),
    Mutation(
        "prefixes alone under their parent have starts, and the others have none",
        "neo_assistant/decoding/sorting.py",
        "np.flatnonzero(begins[:-1] & ~alone)",
        "np.flatnonzero(begins[:-1] & alone)",
        (f"{DECODING}/test_index.py", SEGMENTS),
    ),
    Mutation(
        "what is taken may be named again",
        "neo_assistant/decoding/view.py",
        "        if len(taken):\n            before =",
        "        if len(taken) > 10**9:\n            before =",
        (SEGMENTS,),
    ),
    Mutation(
        "what is taken is not looked up in the view first",
        "neo_assistant/decoding/view.py",
        "taken[self.bitmap.contains(taken)].searchsorted(edges)",
        "taken.searchsorted(edges)",
        (SEGMENTS,),
    ),
    Mutation(
        "removed and superseded items still count",
        "neo_assistant/decoding/view.py",
        "else bitmap & index.live",
        "else bitmap",
        (SEGMENTS,),
    ),
    Mutation(
        "an item that got another SID keeps its old one as well",
        "neo_assistant/decoding/segments.py",
        "dead = np.union1d(removed, replaced[replaced >= 0])",
        "dead = removed",
        (SEGMENTS,),
    ),
    Mutation(
        "a whole SID is looked up without asking the view",
        "neo_assistant/decoding/view.py",
        "if hi > lo and self._between(np.array((lo, hi)) + offset, taken)[0]:",
        "if hi > lo:",
        (PLAN, SEGMENTS),
    ),
    Mutation(
        "openers of types that have nothing left",
        "neo_assistant/grammar/plan.py",
        "types = view.open_types(blocked)",
        "types = view.open_types(blocked) | True",
        (PLAN, PROCESSOR),
    ),
    Mutation(
        "an item may be named twice in one reply",
        "neo_assistant/grammar/plan.py",
        "return np.union1d(gone, np.array(state.items, dtype=np.int64)) if state.items else gone",
        "return gone",
        (PLAN, PROCESSOR),
    ),
    Mutation(
        "quotas are not held to their most",
        "neo_assistant/grammar/room.py",
        "return self._part(view, want, self.filling(items).open) if self._quotas else view",
        "return view",
        (QUOTAS, PLAN),
    ),
    Mutation(
        "a budget keeps nothing for what is still lacking",
        "neo_assistant/grammar/budget.py",
        "return left - self.cost + self.saved[number] if self.cost <= left else None",
        "return left if left >= 0 else None",
        (BUDGET,),
    ),
    Mutation(
        "what a budget keeps for an item is kept although the item is named",
        "neo_assistant/grammar/budget.py",
        "return left - self.cost + self.saved[number] if",
        "return left - self.cost if",
        (BUDGET,),
    ),
    Mutation(
        "what was named costs nothing",
        "neo_assistant/grammar/budget.py",
        "return self.most - sum(prices)",
        "return self.most",
        (BUDGET,),
    ),
    Mutation(
        "a want span narrows nothing",
        "neo_assistant/grammar/plan.py",
        "self._views[words] = self.view & want.narrow(words)",
        "self._views[words] = self.view",
        (PLAN, PROCESSOR),
    ),
    Mutation(
        "a want that the shopper set may be departed from",
        "neo_assistant/grammar/given_want.py",
        "if begun != self.tokens[: len(begun)]:",
        "if len(begun) > len(self.tokens):",
        ("tests/neo_assistant/grammar/test_given_want.py",),
    ),
    Mutation(
        "NaN falls open",
        "neo_assistant/grammar/processor.py",
        "nan=-_LIMIT,",
        "nan=-torch.inf,",
        (PROCESSOR,),
    ),
    Mutation(
        "-inf on every legal token falls open",
        "neo_assistant/grammar/processor.py",
        "neginf=-_LIMIT)",
        "neginf=-torch.inf)",
        (PROCESSOR,),
    ),
    Mutation(
        "chat markup counts as words",
        "neo_assistant/grammar/processor.py",
        "self._words[sorted(tokenizer.control_ids)] = False",
        "self._words[sorted(tokenizer.control_ids)] = True",
        (PROCESSOR,),
    ),
    Mutation(
        "torch: the second segment is ignored",
        "neo_assistant/decoding/torch_view.py",
        "filled = filled or [(index.segments[0], 0)]",
        "filled = filled[:1] or [(index.segments[0], 0)]",
        (TORCH,),
    ),
    Mutation(
        "torch: a code of both segments stands for two items",
        "neo_assistant/decoding/torch_view.py",
        "part.alive.logical_and_(~known)",
        "part.alive.logical_and_(known | ~known)",
        (TORCH,),
    ),
    Mutation(
        "torch: what is taken may be named again",
        "neo_assistant/decoding/torch_view.py",
        "if self._blocked.shape[1]:",
        "if self._blocked.shape[1] > 10**9:",
        (TORCH,),
    ),
    Mutation(
        "torch: the last word of a bitmap is not counted",
        "neo_assistant/decoding/torch_view.py",
        "words &= _at(self._below, bounds & 31)",
        "words &= 0",
        (TORCH,),
    ),
    Mutation(
        "torch: the last child of a range is lost",
        "neo_assistant/decoding/torch_view.py",
        "torch.where(lane < ends[1][:, None],",
        "torch.where(lane < ends[1][:, None] - 1,",
        (TORCH,),
    ),
    Mutation(
        "torch: every row is held to the first view",
        "neo_assistant/decoding/torch_view.py",
        "view = self._view_of.index_select(0, slots)[:, None]",
        "view = self._view_of.index_select(0, slots * 0)[:, None]",
        (TORCH,),
    ),
    Mutation(
        "beams go on with what may not follow",
        "neo_assistant/engine/beams.py",
        "masked_fill_(~candidates.alive, -torch.inf)",
        "masked_fill_(candidates.codes > 65_535, -torch.inf)",
        (BEAMS,),
    ),
    Mutation(
        "text that spells chat markup becomes it",
        "neo_assistant/prompts/tokenizer.py",
        'plain["added_tokens"] = []',
        'plain["post_processor"] = None',
        (PROMPTS,),
    ),
)


def run_tests(root: Path, tests: tuple[str, ...]) -> str | None:
    """The first test that fails in the tree under ``root``, or None if all pass.

    Raises:
        RuntimeError: if the tests could not be run at all.
    """
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "HF_HUB_OFFLINE": "1"}
    result = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    if result.returncode == 0:
        return None
    found = _FAILED.search(result.stdout)
    if result.returncode != 1 or not found:
        raise RuntimeError(f"the tests could not be run:\n{result.stdout}{result.stderr}")
    return found[1]


def main() -> int:
    parser = argparse.ArgumentParser(description="Break the constraint on purpose; a test has to fail each time.")
    parser.add_argument("--only", default="", help="only mutations whose name holds this text")
    chosen = [mutation for mutation in MUTATIONS if parser.parse_args().only in mutation.name]
    survived = []
    with tempfile.TemporaryDirectory(prefix="neo-mutations-") as folder:
        root = Path(folder)
        ignored = shutil.ignore_patterns("__pycache__")
        for name in COPIED:
            source = PROJECT / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=ignored)
            else:
                shutil.copy(source, root / name)
        try:
            tests = tuple(dict.fromkeys(test for mutation in chosen for test in mutation.tests))
            if failed := run_tests(root, tests):
                raise RuntimeError(f"{failed} fails without any mutation")
            print("| what was broken | where | the first test that failed |\n|---|---|---|")
            for mutation in chosen:
                before = mutation.apply(root)
                failed = run_tests(root, mutation.tests)
                (root / mutation.path).write_text(before, encoding="utf-8")
                test = failed.rpartition("/")[2] if failed else "**none**"
                print(f"| {mutation.name} | `{mutation.path}` | `{test}` |", flush=True)
                survived += [] if failed else [mutation.name]
        except (ValueError, RuntimeError) as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
    print(f"\nmutations: {len(chosen)} made, {len(survived)} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
