"""The methods that `benchmarks.decoding` compares: ours and its peers, each behind the same small interface."""

from __future__ import annotations

METHODS: dict[str, str] = {
    "neo-numpy": "benchmarks.decoding_peers.neo_numpy:NeoNumpy",
    "neo-torch": "benchmarks.decoding_peers.neo_torch:NeoTorch",
    "static-csr": "benchmarks.decoding_peers.static_csr:StaticCsr",
    "transformers": "benchmarks.decoding_peers.transformers_trie:TransformersTrie",
    "outlines-core": "benchmarks.decoding_peers.outlines_regex:OutlinesRegex",
    "xgrammar": "benchmarks.decoding_peers.xgrammar_tokens:XGrammarTokens",
    "llguidance": "benchmarks.decoding_peers.llguidance_lark:LLGuidanceLark",
}
"""By name, in the order of the table: module and class."""
BY_VOCABULARY = frozenset({"outlines-core", "xgrammar", "llguidance"})
"""Methods whose index depends on the vocabulary, so that another one means building again."""
ON_GPU = ("neo-torch", "static-csr")
"""Methods that run on a GPU too."""
PACKAGES = {
    "neo-numpy": "numpy",
    "neo-torch": "torch",
    "static-csr": "torch",
    "transformers": "transformers",
    "outlines-core": "outlines_core",
    "xgrammar": "xgrammar",
    "llguidance": "llguidance",
}
"""What has to be importable."""
