"""What a message takes back or refuses: "it needn't be wool", "forget the red", "anything but blue", "any brand".

Such a value stands in the conversation, so nothing else keeps a small model from stating it once more, and then nothing
is found. Two things are read, in the words of :class:`neo_assistant.grammar.plain_values.PlainValues`: values that are
not needed or not wanted, and facets that are freed as a whole. Neither may stand in the want of the reply, unless the
message names a value of them elsewhere as well.

A value that is not needed takes those beside it with it ("it needn't be a large red one"). Of one that is not wanted
that would say too much: "not the large red one" refuses neither. Where a word turns the words round ("don't forget the
red"), or asks ("why is it not red"), nothing is read. Kinds are left to the model: who wants no mug wants a bowl.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from neo_assistant.grammar.plain_values import ARTICLES, FOLLOWS, STOP, THING, VALUE, Entry, PlainValues
from neo_assistant.grammar.plurals import plurals

_NOT = r"(?:(?:[a-z]+ )?not|[a-z]+n t|(?:do|does|is|are|need|must|should|would)nt|cannot|never|no longer)"
_MUST_NOT = r"(?:(?:must|should|can|may|shall|could) ?(?:not|nt|n t)|cannot|can t|(?:ought|has|have) not to)"
_SOFTLY = r"(?:(?:really|actually|even|necessarily|specifically|particularly) )*"
_GLUE = (
    *(*ARTICLES, "any", "one", "ones", "it", "them", "anything", "something", "is", "s", "are"),
    *("in", "of", "with", "by", "from", "for", "as", "made", "out"),
)
"""What may stand between the words that take a value back and the value."""
_ALIKE = "(?:one|ones|bit|part|thing|stuff|version|requirement|condition|filter|anymore|any more|either|at all|again)"
_GO_ON = "and|as|because|but|find|give|i|instead|just|nor|now|or|please|rather|show|since|so|thanks|then|though|we"
_THINGS = rf"(?: (?:{THING}|{_ALIKE}))*"
_ENDS = rf"{_THINGS}(?= (?:{STOP}|{_GO_ON})(?: |$)|$)"
_NEXT = "|".join((_GO_ON, *sorted(FOLLOWS - {THING, VALUE, "that", "which", "who", "whose"})))
_MAY_FOLLOW = rf"{_THINGS}(?= (?:{_NEXT})(?: |$)|$)"
_BEGINS = (
    rf"(?:^|(?<={STOP} )|(?<={THING} )|(?<={VALUE} )"
    r"|\b(?:and|but|please|actually|definitely|ones?|something|anything) )"
)
"""Before a bare "not" or "no", so that "it is not red" and "there are no red ones" are left alone: they complain."""
_TELLS = rf"(?:^|(?<={STOP} )|\b(?:and|but|so|then|please|just|actually|ok|okay|can|could|you|let s|lets) )"
"""Before what somebody is told to do: who drops glass mugs does not ask for the glass to be dropped."""
_DROP = (
    r"(?:forget|ignore|drop|skip|ditch|scrap|scratch|lose|remove|cancel|undo|leave out|never ?mind)"
    r"(?: about)?"
)
_CARE = r"(?:care|bother(?:ed)?|fussed|fussy|picky|choosy|particular|worried)(?: (?:about|for|if|whether|what|which))+"
_NEEDED = (
    r"(?:(?:so|too|that|very) )?"
    r"(?:needed|necessary|required|important|essential|relevant|critical|crucial|mandatory|matter|an? (?:must|issue))"
)
_OPTIONAL = r"(?:optional|unnecessary|unimportant|irrelevant|secondary|up to you)"
_TURNED = re.compile(
    r"\b(?:no|not|never|nothing|none|without|cannot|[a-z]+n t|(?:do|does|is|wo|ca)nt|if|unless|whether|why|how)\b"
)
"""Words before those that take something back, in the same clause, which may turn them round or ask about them."""
_RECALLS = re.compile(rf"\b(?:said|asked for|wrote|mentioned|wanted)(?: (?:{'|'.join(_GLUE)}))*(?: {VALUE})+")
"""Where a value is named as the one of before: "I know I said wool"."""


@dataclass(frozen=True)
class TakenBack:
    """What may not stand in a want.

    Attributes:
        values: facets and values.
        facets: those of which no other values may than ``stated``.
        stated: values of ``facets`` that the message names nevertheless.
    """

    values: frozenset[Entry] = frozenset()
    facets: frozenset[str] = frozenset()
    stated: frozenset[Entry] = frozenset()

    def leaves(self, name: str, value: str) -> bool:
        """Whether a value may stand in a want."""
        entry = (name, value)
        return entry not in self.values and (name not in self.facets or entry in self.stated)

    def but(self, name: str, value: str) -> TakenBack:
        """The same and all values of a facet but one."""
        return replace(self, facets=self.facets | {name}, stated=self.stated | {(name, value)})

    def left(self, named: Sequence[tuple[str, Sequence[str]]]) -> list[tuple[str, Sequence[str]]]:
        """The conditions that have a name and values, with the values that may stand."""
        touched = self.facets | {name for name, _ in self.values}
        return [
            (name, [value for value in values if self.leaves(name, value)] if name in touched else values)
            for name, values in named
        ]


NOTHING_TAKEN_BACK = TakenBack()


class TakenBackReader:
    """Finds it in messages.

    Args:
        reader: of the catalog's values.
        facets: facet name → values, of what may be taken back.
        proper: facets whose values are names; of all others "organic cotton" is a sort of "cotton".
    """

    def __init__(self, reader: PlainValues, facets: Mapping[str, Sequence[str]], proper: Container[str] = ()) -> None:
        self._reader, self._facets, self._proper = reader, facets, proper
        self._called = {form: name for name in facets for form in _called(name)}
        called = "|".join(sorted(map(re.escape, self._called), key=len, reverse=True))
        # A catalog without facets names none: what never matches stands for them.
        facet = rf"\b(?:{called})\b" if called else r"(?!)"
        self._facet = re.compile(facet)
        glued = rf"(?:(?:{'|'.join(_GLUE)}|{facet}) )*{VALUE}"
        several, one = rf"{glued}(?: (?:or |nor )?{glued})*", rf"{glued}(?: (?:or|nor) {glued})*"
        self._values = re.compile("|".join((*_unneeded(several), *_refused(one, facet))))
        bare = rf"(?:not {one}|(?:no|no more|nothing) {VALUE}(?: (?:or|nor) {VALUE})*)"
        self._bare_values = re.compile(f"{_BEGINS}{bare}{_ENDS}")
        named = rf"(?:the |its |their )?(?P<facet>{facet}(?: (?:and|or|nor) (?:the )?{facet})*)"
        self._freed = [re.compile(form) for form in _freeing(named)]
        self._bare_freed = re.compile(
            rf"(?:{_BEGINS}|^in )any {named}(?= {STOP}| (?:and|or|please|under|over|below)\b|$)"
        )

    def within(self, text: str) -> TakenBack:
        """What a message takes back; nothing where that is not plain."""
        matches, left = self._reader.read(text)
        words, is_asked = " ".join(left), "?" in text
        marks = [found.start() for found in re.finditer(f"[{THING}{VALUE}]", words)]
        forms = [self._values] if is_asked else [self._values, self._bare_values]
        spans = [found.span() for form in forms for found in _plainly(form, words)]
        recalled = [found.span() for found in _RECALLS.finditer(words)]
        taken, stated = set[Entry](), set[Entry]()
        for mark, (_, entries) in zip(marks, matches, strict=True):
            if words[mark] == VALUE and any(begin <= mark < end for begin, end in spans):
                taken |= entries
            elif not any(begin <= mark < end for begin, end in recalled):
                stated |= entries
        freed = {
            self._called[name]
            for form in (self._freed if is_asked else [*self._freed, self._bare_freed])
            for found in _plainly(form, words)
            for name in self._facet.findall(found["facet"])
        }
        if not taken and not freed:
            return NOTHING_TAKEN_BACK
        taken = {entry for name, value in taken for entry in self._sorts(name, value)} - stated
        return TakenBack(frozenset(taken), frozenset(freed), frozenset(entry for entry in stated if entry[0] in freed))

    def _sorts(self, name: str, value: str) -> Iterator[Entry]:
        """A value, and those that are a sort of it by their names."""
        yield name, value
        if name not in self._proper:
            yield from ((name, other) for other in self._facets.get(name, ()) if other.endswith(f" {value}"))


def _plainly(form: re.Pattern[str], words: str) -> Iterator[re.Match[str]]:
    """Where a form stands and nothing before it in its clause turns it round."""
    end = 0
    for found in form.finditer(words):
        before = words[end : found.start()].rpartition(f"{STOP} ")[2].removeprefix("no ")
        if not _TURNED.search(before):
            yield found
            end = found.end()


def _unneeded(several: str) -> Iterator[str]:
    """How people say that values are not needed."""
    has_to = rf"(?:needs?|have|has|got) (?:(?:it|them) )?to {_SOFTLY}(?:be|have|come)"
    yield rf"\b{_NOT} {_SOFTLY}{has_to} {several}{_MAY_FOLLOW}"
    yield rf"\bneed ?(?:not|nt|n t) {_SOFTLY}(?:be|have|come) {several}{_MAY_FOLLOW}"
    yield rf"\b{_NOT} {_SOFTLY}(?:need|require|insist on|{_CARE}) {several}{_MAY_FOLLOW}"
    yield rf"\bno need (?:for (?:it|them|this|that) )?(?:to (?:be|have) )?{several}{_MAY_FOLLOW}"
    yield rf"\bnot necessarily {several}{_MAY_FOLLOW}"
    yield rf"(?:{_TELLS}{_DROP}|\bchanged my mind about) {several}{_MAY_FOLLOW}"
    yield rf"{VALUE} {_NOT} {_SOFTLY}(?:be )?{_NEEDED}\b"
    yield rf"{VALUE} (?:is|are) (?:no longer {_NEEDED}|{_OPTIONAL})\b"


def _refused(one: str, facet: str) -> Iterator[str]:
    """How people say that they do not want a value."""
    wish = r"(?:want|like|looking for|after|interested in|into|keen on|fond of|an? (?:big |great )?fan of)"
    yield rf"\b{_NOT} {_SOFTLY}{wish} (?:(?:it|them) to be )?{one}{_ENDS}"
    yield rf"\b{_MUST_NOT} be {one}{_ENDS}"
    such = rf"(?:(?:{THING}|\b(?:ones?|something|anything|some|those)) (?:that|which)|\blong as (?:it|they))"
    yield rf"{such} (?:s |re |are |is )?(?:not|isn t|aren t) {one}{_ENDS}"
    yield rf"\b(?:neither|rather not(?: have)?) {one}{_ENDS}"
    yield (
        r"\b(?:without|except(?: for)?|excluding|other (?:" + facet + r" )?than|rather than|instead of|sans|minus|avoid"
        rf"|(?:anything|everything|all|any {facet}) but|hates?|dislikes?|detests?|loathes?|(?:can t|cannot) stand"
        rf"|allergic to|(?:sick|tired) of) {one}{_MAY_FOLLOW}"
    )


def _freeing(named: str) -> Iterator[str]:
    """How people say that any value of a facet will do."""
    yield rf"\b(?:in|of|from|by|with|to) any {named}"
    yield rf"\bany (?:other )?{named}(?= (?:is|are|will|would|works?|goes|does|but|except|other than|at all|you)\b)"
    yield rf"\b(?:other|another|different) {named}"
    yield rf"\b(?:in all|all) {named}(?= (?:please|are)\b|$)"
    yield rf"\b(?:whatever|whichever|(?:no matter|(?:regardless|irrespective) of)(?: (?:what|which))?) {named}"
    yield rf"{_TELLS}{_DROP} {named}"
    yield rf"\b{_NOT} {_SOFTLY}(?:{_CARE}|mind(?: (?:about|what|which))?|matter (?:what|which)) {named}"
    yield rf"\bno {named} preferences?\b"
    yield rf"\bno (?:particular|specific|special|preferred|preference (?:for|on|about|as to|regarding)) {named}"
    yield rf"\b{named}(?=(?: {STOP})? {_NOT} {_SOFTLY}{_NEEDED}\b)"
    yield rf"\b{named}(?= (?:(?:is|are) (?:no longer {_NEEDED}|{_OPTIONAL})|no longer matters?|can be anything)\b)"


def _called(name: str) -> Iterator[str]:
    """How people call a facet."""
    spoken = name.replace("_", " ").lower()
    for form in {spoken, {"colour": "color", "color": "colour"}.get(spoken, spoken)}:
        yield form
        yield from plurals(form)
