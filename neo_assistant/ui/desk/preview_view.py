"""The Preview tab's HTML: the ranking, the tree of beams, the prompt, the reply, how it was made. Pure functions.

A tree is nested lists of ``details``: the keyboard opens and closes them, and a screen reader tells their depth. A bar
repeats for the eye what stands beside it as a number.
"""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import Any

from neo_assistant.merchandising.answers import Answer, ShownItem
from neo_assistant.merchandising.beam_tree import BeamTree, Node
from neo_assistant.merchandising.ranking import RankedItem
from neo_assistant.ui.escape import as_html, picture_source
from neo_assistant.wording import availability, price_text, total_text


def note(words: str) -> str:
    """A line that the desk says."""
    return f'<p class="neo-look-note" role="status">{as_html(words)}</p>' if words else ""


def percent(chance: float) -> str:
    """``43%``, ``4.3%``, ``0.04%``, ``<0.01%``."""
    for least, digits in ((0.0995, 0), (0.00995, 1), (0.0001, 2)):
        if chance >= least:
            return f"{chance:.{digits}%}"
    return "<0.01%" if chance > 0 else "0%"


def ranking_html(ranking: Sequence[RankedItem]) -> str:
    """Items in their order, with their probabilities."""
    if not ranking:
        return note("Nothing may be named under these conditions.")
    most = max(item.probability for item in ranking)
    rows = "".join(_ranked(item, most) for item in ranking)
    return (
        f'<ol class="neo-look-ranking">{rows}</ol><p class="neo-small">The probability that an item is the first one '
        "named, if one is: that of its type times that of its codes over everything the model could write, with the "
        "weights of boosts and buries on it. Bars are relative to the longest.</p>"
    )


def _ranked(item: RankedItem, most: float) -> str:
    product = item.product
    facts = [product.brand or "", price_text(product), availability(product), product.sku]
    rules = [f"rule {number}" for number in item.rules if number > 0] + ["draft"] * any(n < 0 for n in item.rules)
    weight = [] if item.weight == 1 else [f"weight {item.weight:g}"]
    marks = "".join(
        f'<span class="neo-chip">{as_html(mark)}</span>' for mark in (["pinned"] * item.pinned + weight + rules)
    )
    source = picture_source(product.image)
    image = f'<img src="{source}" alt="" loading="lazy">' if source else ""
    return (
        f'<li><span class="neo-look-picture">{image}</span><div class="neo-look-words">'
        f'<span class="neo-look-title">{as_html(product.title)}</span>'
        f'<span class="neo-look-facts">{as_html(" · ".join(fact for fact in facts if fact))} · '
        f"<code>{as_html(item.sid)}</code></span>{marks}</div>"
        f"{_bar(item.probability, most)}</li>"
    )


def _bar(chance: float, most: float = 1.0) -> str:
    width = 100 * chance / most if most else 0.0
    return (
        f'<span class="neo-look-chance"><span class="neo-look-bar" aria-hidden="true">'
        f'<span style="width:{width:.1f}%"></span></span>{as_html(percent(chance))}</span>'
    )


def tree_html(tree: BeamTree) -> str:
    """Types and, of one of them, the beams down the levels."""
    if tree.root is None:
        return ""
    searched = tree.searched
    types = "".join(
        f"<li>{as_html(_spaced(name))}{' (below)' if name == searched else ''} {_bar(chance)}</li>"
        for name, chance in tree.types
    )
    return (
        f'<h4>Types</h4><ul class="neo-look-types">{types}</ul>'
        f"<h4>Beams of {as_html(_spaced(searched))}</h4>"
        '<p class="neo-small">One level of a semantic id under the other, with the probability of all codes so far. '
        "The words are the values that tell the items of a prefix from those of the one above.</p>"
        f'<ul class="neo-look-tree">{_node(tree.root, _spaced(searched), open_=True)}</ul>'
    )


def _node(node: Node, label: str, open_: bool) -> str:
    items = f"{node.items:,} {'item' if node.items == 1 else 'items'}"
    if node.product is not None:
        words = f"{node.product.title} ({price_text(node.product)})"
        return f'<li class="neo-look-leaf">{_node_line(label, node, words)}</li>'
    about = f"{', '.join(node.words)}; {items}" if node.words else items
    line = _node_line(label, node, about)
    if not node.children:
        return f'<li class="neo-look-leaf neo-look-dropped">{line}, <span>not among the best any more</span></li>'
    level = string.ascii_lowercase[len(node.codes)]
    towards = max(node.children, key=_best_item)
    children = "".join(
        _node(child, f"{level}_{child.codes[-1]}", open_ and child is towards) for child in node.children
    )
    return f"<li><details{' open' if open_ else ''}><summary>{line}</summary><ul>{children}</ul></details></li>"


def _best_item(node: Node) -> float:
    """The probability of the best item that was found under a prefix; the branch towards it is open at first."""
    if node.product is not None:
        return node.probability
    return max(map(_best_item, node.children), default=0.0)


def _node_line(label: str, node: Node, words: str) -> str:
    return f"<code>{as_html(label)}</code> {_bar(node.probability)} <span>{as_html(words)}</span>"


def prompt_html(prompt: str) -> str:
    """The prompt as the model gets it, control tokens and all."""
    return (
        f'<details class="neo-look-prompt"><summary>The prompt as the model gets it</summary>'
        f'<pre tabindex="0">{as_html(prompt, line_break=chr(10))}</pre></details>'
        if prompt
        else ""
    )


def answer_html(answer: Answer) -> str:
    """A reply: conditions read, words with the items in their places, what the shop had to say."""
    parts = [_conditions(answer)]
    said = "".join(as_html(part, "<br>") if isinstance(part, str) else _named(part) for part in answer.parts)
    parts.append(f'<div class="neo-look-said">{said or "No words and no items."}</div>')
    if answer.total is not None:
        parts.append(f"<p>{as_html(total_text(answer.total))}</p>")
    parts += [f'<p class="neo-notice">{as_html(notice.text)}</p>' for notice in answer.notices]
    return "".join(parts)


def _named(item: ShownItem) -> str:
    facts = f"{price_text(item.product)} · {percent(item.probability)}"
    return (
        f' <span class="neo-look-item">{as_html(item.product.title)} '
        f'<span class="neo-look-facts">{as_html(facts)}</span></span> '
    )


def _conditions(answer: Answer) -> str:
    if answer.items_left is None:
        return '<p class="neo-look-read">No conditions were read.</p>'
    chips = "".join(f'<span class="neo-chip">{as_html(phrase)}</span>' for phrase in answer.phrases)
    left = f"{answer.items_left:,} {'item is' if answer.items_left == 1 else 'items are'} left"
    return f'<p class="neo-look-read">Read: {chips or "no condition"} <span class="neo-left">{as_html(left)}</span></p>'


def made_html(answer: Answer) -> str:
    """How the reply was made, and what it took."""
    made_by: Mapping[str, Any] = answer.made_by or {}
    times = answer.timings
    facts = {
        "Time": f"{times.total_ms / 1000:.2f} s, first words or item after {times.first_token_ms / 1000:.2f} s",
        "Of this for the grammar": f"{times.constraint_ms:.0f} ms",
        "Tokens": f"{times.prompt_tokens:,} read, {times.tokens:,} written",
        "Checkpoint": str(made_by.get("checkpoint", "none")),
        "Codebook": str(made_by.get("codebook_version", ""))[:12],
        "Quantization": str(made_by.get("quantization", "")),
        "Rules that had something to act on": "; ".join(map(rule_words, made_by.get("rules", ()))) or "none",
    }
    rows = "".join(f"<dt>{as_html(name)}</dt><dd>{as_html(value)}</dd>" for name, value in facts.items() if value)
    return f'<dl class="neo-look-facts-list">{rows}</dl>'


def rule_words(rule: Mapping[str, Any]) -> str:
    """A rule of ``made_by``: ``pin, rule 3 (2 items)``."""
    number = int(rule["id"])
    named = f"rule {number}" if number > 0 else "a draft"
    return f"{rule['action']}, {named} ({rule['items']:,} {'item' if rule['items'] == 1 else 'items'})"


def _spaced(name: str) -> str:
    return name.replace("_", " ")
