"""What tokens spell: their bytes, and which of them can stand in a want span at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from neo_assistant.errors import GrammarError
from neo_assistant.prompts.tokenizer import ShopTokenizer

_SAMPLE = " kind: é; price < 7; found 3"
_AS_ZERO = bytes.maketrans(b"0123456789", b"0" * 10)


@lru_cache(maxsize=2)
def token_bytes(tokenizer: ShopTokenizer) -> Mapping[int, bytes]:
    """What each ordinary base token spells, for a byte-level BPE vocabulary.

    Raises:
        GrammarError: if the base tokenizer is not byte-level.
    """
    to_byte = _byte_alphabet()
    spelled = {}
    for text, token in tokenizer.base.get_vocab().items():
        if token in tokenizer.control_ids or token >= tokenizer.vocabulary.first_id:
            continue
        try:
            spelled[token] = bytes(to_byte[character] for character in text)
        except KeyError:
            continue  # an entry that byte-level text never produces
    if b"".join(spelled.get(token, b"") for token in tokenizer.encode(_SAMPLE)) != _SAMPLE.encode():
        raise GrammarError(
            "the base tokenizer is not a byte-level one", "use a base model with a byte-level BPE tokenizer"
        )
    return spelled


def usable(spelled: Mapping[int, bytes], terms: Sequence[str], end: str) -> dict[int, bytes]:
    """The tokens that can occur in a text that is made of some of the terms and the end.

    Compiling an automaton over tokens takes time in proportion to the vocabulary, of which a want span can use a few
    percent. All digits count as the same one, and what cannot be told cheaply is kept: never too little is returned.

    Args:
        spelled: what each token spells.
        terms: every term there may be. A semicolon stands at the end of each and nowhere else; of terms with a number
            there is one for each number of digits.
        end: what ends the text.
    """
    starts = [term.encode().translate(_AS_ZERO) for term in (*terms, end)]
    everything = b"\n".join(starts)
    pairs = set(_pairs(everything))

    def occurs(text: bytes) -> bool:
        within, semicolon, after = text.partition(b";")
        if not all(pair in pairs for pair in _pairs(within + semicolon)) or within + semicolon not in everything:
            return False
        return b";" in after or any(start.startswith(after) for start in starts)

    return {token: text for token, text in spelled.items() if occurs(text.translate(_AS_ZERO))}


def _pairs(text: bytes) -> Iterable[bytes]:
    return (text[place : place + 2] for place in range(len(text) - 1))


def _byte_alphabet() -> dict[str, int]:
    """The printable stand-ins of GPT-2's byte-level BPE (Radford et al. 2019), character → byte."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}
