"""How fast the default model decodes in each form of its weights, and how often that changes the next token.

    python -m benchmarks.quantization [--tokens 64]

Prints a Markdown table: greedy decoding with a KV cache, one sequence, tokens a second and the ratio to fp32; and the
share of tokens, along the fp32 model's own continuation, for which the form's likeliest token is the same. bitsandbytes
is measured on a CPU too where it runs there, because the answer decides what ``NEO_QUANTIZATION=auto`` does.
"""

from __future__ import annotations

import argparse
import copy
import os
import platform
import time
from collections.abc import Callable

import torch

from neo_assistant.base_model import base_tokenizer, load_base
from neo_assistant.engine.model import Session, quantize

PROMPT = "Here is how to choose a good pair of hiking boots."


def decode(model: torch.nn.Module, prompt: list[int], tokens: int) -> tuple[list[int], float]:
    """Greedy tokens, and tokens a second after the prompt."""
    session = Session(model)
    logits = session.forward([prompt])
    written: list[int] = []
    began = time.perf_counter()
    for _ in range(tokens):
        written.append(int(logits.argmax()))
        logits = session.forward([[written[-1]]])
    return written, tokens / (time.perf_counter() - began)


@torch.inference_mode()
def agreement(model: torch.nn.Module, prompt: list[int], written: list[int]) -> float:
    """Share of ``written`` that the model would have chosen too, given what stands before each."""
    logits = model(torch.tensor([[*prompt, *written]])).logits[0, len(prompt) - 1 : -1]
    return float((logits.argmax(-1) == torch.tensor(written)).float().mean())


def bitsandbytes_on_cpu(kind: str) -> Callable[[torch.nn.Module], torch.nn.Module]:
    """The form that serving uses on a GPU, left on the CPU."""
    from neo_assistant.engine.model import replace_linears

    return lambda model: replace_linears(model, kind, torch.float32).to("cpu")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tokens", type=int, default=64, help="tokens decoded in each form")
    options = parser.parse_args()
    prompt = base_tokenizer().encode(PROMPT)
    base = load_base()
    forms: dict[str, Callable[[torch.nn.Module], torch.nn.Module]] = {
        "none (fp32)": lambda model: model,
        "int8 (torch dynamic)": lambda model: quantize(model, "int8")[0],
        "nf4 (bitsandbytes)": bitsandbytes_on_cpu("nf4"),
        "int8 (bitsandbytes)": bitsandbytes_on_cpu("int8"),
    }
    print(f"{os.cpu_count()} cores, {platform.processor() or platform.machine()}, torch {torch.__version__}")
    print("| weights | tokens/s | ratio to fp32 | same next token |")
    print("|---|---|---|---|")
    reference: list[int] = []
    fastest = 0.0
    for name, make in forms.items():
        model = make(copy.deepcopy(base))
        decode(model, prompt, 4)  # warm-up
        written, speed = decode(model, prompt, options.tokens)
        reference = reference or written
        fastest = fastest or speed
        print(
            f"| {name} | {speed:.1f} | {speed / fastest:.2f} | {agreement(model, prompt, reference):.1%} |", flush=True
        )


if __name__ == "__main__":
    main()
