"""Trains and is killed: ``python -m tests.finetune.killing PLAN.json``, a process of its own for each killing.

The plan holds the inputs of a run and where each process that works on it dies by SIGKILL. All of them are forked from
one that has imported everything and has trained nothing.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from finetune.config import TrainConfig, from_values
from finetune.training import stages, trainer
from finetune.training.callbacks import StageCallback
from neo_assistant import checkpoint


def die(*_: Any, **__: Any) -> NoReturn:
    """What a power cut does to a process."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def die_at(point: str, stage: str, step: int) -> None:
    """Make this process die at a point of a run."""
    on_step_end, save_half = StageCallback.on_step_end, checkpoint._save_half

    def end(self: StageCallback, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if (self.stage, state.global_step) == (stage, step):
            if point == "step":
                die()
            trainer.seal = tear
        on_step_end(self, args, state, control, **kwargs)

    def tear(folder: Path, marker: str) -> None:
        """A state that is all there but for the end of one file, and not sealed."""
        whole = (folder / "optimizer.pt").read_bytes()
        (folder / "optimizer.pt").write_bytes(whole[: len(whole) // 2])
        die()

    def half(tensors: Any, path: Path) -> None:
        save_half(tensors, path)
        die()

    def not_done(path: Path, text: str) -> None:
        if path.name == stages.DONE:
            die()
        path.write_text(text, encoding="utf-8")

    if point in ("step", "saving"):
        StageCallback.on_step_end = end  # type: ignore[method-assign]
    elif point == "stage's end":
        stages.write_whole = not_done
    elif point == "checkpoint":
        checkpoint._save_half = half
    else:
        raise ValueError(point)


def main() -> None:
    """Do what the plan says."""
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    config = from_values(TrainConfig, plan["config"], "plan")
    for point, stage, step in plan["deaths"]:
        if not (child := os.fork()):
            die_at(point, stage, step)
            stages.train(config, "tiny", Path(plan["sids"]), Path(plan["data"]), Path(plan["out"]))
            os._exit(7)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            raise SystemExit(f"{point} {stage} {step}: the process was not killed ({status})")


if __name__ == "__main__":
    main()
