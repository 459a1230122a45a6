"""Calling a command's module with options from a recipe, as the command line would."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping
from typing import Any


def call_stage(module_name: str, options: Mapping[str, Any], **fixed: object) -> None:
    """Run a command of ``python -m finetune`` in this process.

    Args:
        module_name: of the command, see ``finetune.cli``.
        options: from the recipe, by the long names of the command line.
        fixed: likewise; they come last and so win.

    Raises:
        NeoError: what the command raises. A wrong option ends the program as it does on the command line.
    """
    module = importlib.import_module(module_name)
    parser = argparse.ArgumentParser(prog=f"recipe, table for {module_name}")
    module.add_arguments(parser)
    module.run(parser.parse_args([*to_arguments(options), *to_arguments(fixed)]))


def to_arguments(options: Mapping[str, Any]) -> list[str]:
    """``{"layout": "auto", "sizes": ["8,8", "16,16"]}`` → ``["--layout", "auto", "--sizes", "8,8", "16,16"]``.

    True stands for an option without a value, False for none.
    """
    arguments = []
    for name, value in options.items():
        if value is False:
            continue
        values = [] if value is True else value if isinstance(value, list | tuple) else [value]
        arguments += [f"--{name}", *map(str, values)]
    return arguments
