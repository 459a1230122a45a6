"""The masks of :mod:`neo_assistant.decoding.view` in torch: many rows at once, on the model's device.

A row is a beam. It stands at a prefix, that is, in each segment of the index at a range ``[lo, hi)`` of items. One step
finds the children of all rows' ranges and which of them may follow: gathers, comparisons and binary searches over
(rows, children) arrays, and no loop over rows. Rows of one batch may belong to different views.

On an accelerator nothing is copied to the host and no shape depends on data: as in STATIC (arXiv 2602.22647) every
level is padded to the most children that any prefix has there (``static``). On the CPU, where looking at a number costs
nothing, it is padded to the most children of these rows, which is mostly far less. Both give the same candidates.

What may follow comes as candidates, (rows, children) codes and whether each may follow: beam search needs no more, and
a mask as wide as the vocabulary would cost more memory traffic than all the rest. :meth:`TorchViews.mask` makes one for
whoever needs it.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch

from neo_assistant.decoding.index import DecodingIndex
from neo_assistant.decoding.segments import SegmentedIndex
from neo_assistant.decoding.view import View
from neo_assistant.errors import DecodingIndexError
from neo_assistant.sids import MAX_CODES, SidVocabulary

MOST_LANES = 1 << 20
"""Children that are looked at in one go; more rows than this allows are taken in several."""
_NO_CODE = MAX_CODES
"""Pads rows of codes: above every code, so that rows stay sorted."""
_NO_START = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Prefixes:
    """Where rows stand.

    Attributes:
        slots: (rows,) int64, which view and which taken positions count for each row.
        numbers: (rows,) int64, the type number of each row's opener.
        ranges: (segments, 2, rows) int32, where the range begins and ends in each segment, counted from the segment's
            beginning.
    """

    slots: torch.Tensor
    numbers: torch.Tensor
    ranges: torch.Tensor

    def __len__(self) -> int:
        return self.slots.shape[0]

    def __getitem__(self, rows: torch.Tensor | slice) -> Prefixes:
        return Prefixes(self.slots[rows], self.numbers[rows], self.ranges[..., rows].contiguous())

    @classmethod
    def cat(cls, groups: Sequence[Prefixes]) -> Prefixes:
        """All rows of several groups."""
        names = ("slots", "numbers", "ranges")
        return cls(*(torch.cat([getattr(group, name) for group in groups], dim=-1) for name in names))


@dataclass(frozen=True)
class _Children:
    """Children of ranges in one segment.

    Attributes:
        codes: (rows, width) ascending.
        bounds: (rows, width + 1) positions between them, counted from the segment's beginning.
        left: (rows, width) int32, items under each that may be named.
        alive: (rows, width) whether it is a candidate: such an item is left, and no earlier segment has the code.
    """

    codes: torch.Tensor
    bounds: torch.Tensor
    left: torch.Tensor
    alive: torch.Tensor


@dataclass(frozen=True)
class Candidates:
    """What may follow each row.

    Attributes:
        codes: (rows, width) int32. Where ``alive`` is False it means nothing; it may then be no code at all.
        alive: (rows, width) bool: the code leads to an item that may be named. Each code is alive once at most.
    """

    codes: torch.Tensor
    alive: torch.Tensor
    parts: tuple[_Children, ...]


class _Segment:
    """One sorted segment as tensors. On the CPU they share the memory of its arrays."""

    def __init__(self, segment: DecodingIndex, device: torch.device) -> None:
        levels = segment.scheme.levels
        self.items, self.max_children = len(segment), segment.max_children
        self.type_bounds = torch.from_numpy(np.array(segment.type_bounds, dtype=np.int32)).to(device)
        # torch can do little with unsigned numbers, so codes travel as int16 and are masked where they are read.
        self.codes = tuple(_tensor(segment.codes[:, level], 0, device).view(torch.int16) for level in range(levels))
        self.starts = tuple(_tensor(starts, _NO_START, device) for starts in segment.starts)
        self._lanes = torch.arange(max(*self.max_children, 1) + 1, dtype=torch.int32, device=device)

    def children(self, ranges: torch.Tensor, level: int, static: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """Children of (2, rows) ranges.

        Returns:
            (rows, width) codes, which mean nothing beyond the last child, and (rows, width + 1) bounds between the
            children, beyond the last one all the range's end.
        """
        low, high = ranges[0][:, None], ranges[1][:, None]
        if level == len(self.codes) - 1:
            bounds = torch.minimum(low + self._to_width(ranges, level, static), high)
        else:
            starts = self.starts[level]
            ends = torch.searchsorted(starts, ranges, out_int32=True)
            lane = ends[0][:, None] + self._to_width(ends, level, static)
            bounds = torch.where(lane < ends[1][:, None], _at(starts, lane.clamp_(max=len(starts) - 1)), high)
            # An item alone under its prefix has no start of its own, and elsewhere this is what is found anyway.
            bounds[:, 0] = ranges[0]
        first = bounds[:, :-1].clamp(max=max(self.items, 1) - 1)
        return _at(self.codes[level], first).int().bitwise_and_(MAX_CODES - 1), bounds

    def _to_width(self, ends: torch.Tensor, level: int, static: bool) -> torch.Tensor:
        """0 to the padded width, both included."""
        width = self.max_children[level]
        if not static:
            width = int((ends[1] - ends[0]).max()) if ends.shape[1] else 0
        return self._lanes[: max(width, 1) + 1]


class TorchIndex:
    """An index's arrays on a device. Segments that were there before are not copied again.

    Args:
        index: the index.
        device: the model's device.
        static: whether shapes must not depend on data; by default on every device but the CPU.
    """

    def __init__(self, index: SegmentedIndex, device: torch.device | str, static: bool | None = None) -> None:
        self.index, self.device = index, torch.device(device)
        self.static = self.device.type != "cpu" if static is None else static
        filled = [pair for pair in zip(index.segments, index.offsets, strict=True) if len(pair[0])]
        filled = filled or [(index.segments[0], 0)]
        self.segments = tuple(_on_device(segment, self.device) for segment, _ in filled)
        self.offsets = tuple(offset for _, offset in filled)


class TorchViews:
    """Views and taken positions that rows are held to, one pair of them a slot.

    Args:
        index: the index that all views are of.
        views: one per slot; the same view may stand in several.
        taken: per slot, sorted positions that may not be named, each once.

    Raises:
        DecodingIndexError: if there is no slot, or a view is of another index.
    """

    def __init__(self, index: TorchIndex, views: Sequence[View], taken: Sequence[np.ndarray]) -> None:
        if not views or len(views) != len(taken):
            raise DecodingIndexError("every slot needs a view and its taken positions")
        if any(view.index is not index.index for view in views):
            raise DecodingIndexError("a view of another index cannot be used here")
        self.index = index
        different = {id(view): view for view in views}
        numbers = {key: number for number, key in enumerate(different)}
        bitmaps = [view.bitmap for view in different.values()]
        self._width = len(bitmaps[0].words)
        device = index.device
        self._words = _joined([bitmap.words for bitmap in bitmaps], device).view(torch.int32)
        self._before = _joined([bitmap.before for bitmap in bitmaps], device)
        self._view_of = None
        if len(bitmaps) > 1:
            self._view_of = torch.tensor([numbers[id(view)] for view in views], dtype=torch.int32, device=device)
        # What is taken and not eligible anyway is not counted by the bitmap, so it must not be subtracted either.
        blocked = [gone[view.bitmap.contains(gone)] for view, gone in zip(views, taken, strict=True)]
        padded = np.full((len(views), max(map(len, blocked))), len(index.index) + 1, dtype=np.int32)
        for row, gone in zip(padded, blocked, strict=True):
            row[: len(gone)] = gone
        self._blocked = torch.from_numpy(padded).to(device)
        self._below, self._ones = _tables(device)
        self._one = self._ones[1:2]

    def begin(self, slots: torch.Tensor, numbers: torch.Tensor) -> Prefixes:
        """Rows whose opener has just been written.

        Args:
            slots: (rows,) int64, the slot of each row.
            numbers: (rows,) int64, the type number of each row's opener.
        """
        ends = torch.stack((numbers, numbers + 1))
        return Prefixes(slots, numbers, torch.stack([_at(seg.type_bounds, ends) for seg in self.index.segments]))

    def candidates(self, prefixes: Prefixes, level: int) -> Candidates:
        """What may follow each row at a level."""
        parts: list[_Children] = []
        segments = zip(self.index.segments, self.index.offsets, prefixes.ranges, strict=True)
        for segment, offset, ranges in segments:
            codes, bounds = segment.children(ranges, level, self.index.static)
            left = self._left(bounds + offset if offset else bounds, prefixes.slots)
            if len(self.index.segments) > 1:
                codes = _ascending(codes, bounds)
            part = _Children(codes, bounds, left, left > 0)
            for earlier in parts:
                _, known = same_codes(earlier, part)
                part.alive.logical_and_(~known)
            parts.append(part)
        if len(parts) == 1:
            return Candidates(parts[0].codes, parts[0].alive, tuple(parts))
        codes, alive = (torch.cat([getattr(part, name) for part in parts], dim=1) for name in ("codes", "alive"))
        return Candidates(codes, alive, tuple(parts))

    def descend(self, prefixes: Prefixes, candidates: Candidates, rows: torch.Tensor, lanes: torch.Tensor) -> Prefixes:
        """New rows that go on from old ones with one of their candidates.

        Args:
            prefixes, candidates: of the old rows.
            rows, lanes: (new rows,) int64: the old row, and which of its candidates. One that is not alive leads to a
                row after which nothing may follow.
        """
        chosen = rows * candidates.codes.shape[1] + lanes
        alive, ranges = _at(candidates.alive.flatten(), chosen), []
        for number, part in enumerate(candidates.parts):
            width, hit, place = part.codes.shape[1], alive, lanes
            if len(candidates.parts) > 1:
                # A candidate stands in the first segment in which it is alive: before that nothing under it may be
                # named, and after it the same code has to be looked for.
                hit = alive & (lanes < width)
                if number:
                    codes = _at(candidates.codes.flatten(), chosen)
                    found = _find(part.codes.index_select(0, rows), codes[:, None])[:, 0]
                    place = torch.where(lanes < 0, found, lanes).clamp_(max=width - 1)
                    hit &= _at(part.codes.flatten(), rows * width + place) == codes
                place = place.clamp(max=width - 1)
            here = rows * (width + 1) + place
            ranges.append(_at(part.bounds.flatten(), torch.stack((here, here + 1))) * hit)
            lanes = lanes - width
        return Prefixes(_at(prefixes.slots, rows), _at(prefixes.numbers, rows), torch.stack(ranges))

    def after(self, slots: torch.Tensor, numbers: torch.Tensor, codes: torch.Tensor) -> Prefixes:
        """Rows whose opener and first codes have been written; after codes that no item has nothing may follow.

        Args:
            slots, numbers: as in :meth:`begin`.
            codes: (rows, done) int64.
        """
        prefixes = self.begin(slots, numbers)
        for level in range(codes.shape[1]):
            # A number that is no code must not become one when it is made smaller.
            needle, ranges = codes[:, level, None].clamp(-1, _NO_CODE).int(), []
            for segment, before in zip(self.index.segments, prefixes.ranges, strict=True):
                have, bounds = segment.children(before, level, self.index.static)
                have = _ascending(have, bounds)
                found = _find(have, needle)
                hit = (have.gather(1, found) == needle) & (needle < _NO_CODE)
                ranges.append((bounds.gather(1, torch.cat((found, found + 1), dim=1)) * hit).T)
            prefixes = Prefixes(slots, numbers, torch.stack(ranges))
        return prefixes

    def mask(
        self, slots: torch.Tensor, numbers: torch.Tensor, codes: torch.Tensor, vocabulary: SidVocabulary, size: int
    ) -> torch.Tensor:
        """Which code tokens may follow in each row, as wide as the vocabulary.

        Args:
            slots: (rows,) int64, the slot of each row.
            numbers: (rows,) int64, the type number of each row's opener.
            codes: (rows, done) int64, the codes written since; fewer than the scheme has levels.
            vocabulary: where the code tokens are.
            size: columns of the logits, at least the vocabulary's.

        Returns:
            (rows, size) bool. A row without any True is one that no item can follow.
        """
        level = codes.shape[1]
        bases = torch.from_numpy(vocabulary.code_bases[:, level]).to(self.index.device)
        # The last column takes what is not alive, and is cut off.
        mask = torch.zeros((len(slots), size + 1), dtype=torch.bool, device=self.index.device)
        for some in self.chunks(len(slots), range(level + 1)):
            candidates = self.candidates(self.after(slots[some], numbers[some], codes[some]), level)
            tokens = torch.where(candidates.alive, candidates.codes + bases[numbers[some]][:, None], size)
            mask[some].scatter_(1, tokens, True)
        return mask[:, :size]

    def chunks(self, rows: int, levels: Sequence[int]) -> Iterator[slice]:
        """Parts of the rows, each small enough to be looked at in one go on any of these levels."""
        segments = self.index.segments
        width = max(sum(segment.max_children[level] for segment in segments) for level in levels)
        step = max(MOST_LANES // max(width, 1), 1)
        return (slice(begin, min(begin + step, rows)) for begin in range(0, rows, step))

    def _left(self, bounds: torch.Tensor, slots: torch.Tensor) -> torch.Tensor:
        """Items that may be named in each child; (rows, width) of (rows, width + 1) ascending bounds."""
        place = bounds >> 5
        # Behind the last item there may be no word any more; of the one read instead no bit is counted.
        word_place = place.clamp(max=max(self._width, 1) - 1)
        if self._view_of is not None:
            view = self._view_of.index_select(0, slots)[:, None]
            place += view * (self._width + 1)
            word_place += view * self._width
        words = _at(self._words, word_place)
        words &= _at(self._below, bounds & 31)
        # The highest bit is never set, so both halves are numbers from 0 on.
        before = _at(self._ones, words & 0xFFFF)
        before += _at(self._ones, words >> 16)
        before += _at(self._before, place)
        left = before[:, 1:] - before[:, :-1]
        if self._blocked.shape[1]:
            # Fewer are taken than there are children, so it is each taken item that looks for its child. The first
            # and the last column are for those that are under none.
            child = torch.searchsorted(bounds, self._blocked.index_select(0, slots), right=True)
            gone = torch.zeros((len(bounds), bounds.shape[1] + 1), dtype=torch.int32, device=bounds.device)
            left -= gone.scatter_add_(1, child, self._one.expand_as(child))[:, 1:-1]
        return left


def same_codes(earlier: _Children, later: _Children) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the codes of one segment's children stand among those of another's, and whether they are alive there."""
    same = _find(earlier.codes, later.codes)
    return same, (earlier.codes.gather(1, same) == later.codes) & earlier.alive.gather(1, same)


def _at(flat: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Elements of a flat tensor; several times as fast on a CPU as ``flat[places]``."""
    return flat.index_select(0, places.flatten()).view(places.shape)


@cache
def _tables(device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """The bits below each bit of a word, (32,) int32, and how many bits each half of a word has, (65536,) int32.

    torch cannot count bits. A look-up in a table that stays in the cache takes half the time of counting them with
    shifts and masks, which are ten operations.
    """
    ones = np.bitwise_count(np.arange(1 << 16, dtype=np.uint16)).astype(np.int32)
    below = np.left_shift(1, np.arange(32), dtype=np.int64) - 1
    return torch.from_numpy(below.astype(np.int32)).to(device), torch.from_numpy(ones).to(device)


def _ascending(codes: torch.Tensor, bounds: torch.Tensor) -> torch.Tensor:
    """Children's codes with a number above all codes wherever there is no child; changed in place."""
    return codes.masked_fill_(bounds[:, :-1] >= bounds[:, -1:], _NO_CODE)


def _find(codes: torch.Tensor, needles: torch.Tensor) -> torch.Tensor:
    """Where a row's needles stand, or would stand, in the row's ascending codes; always a column that there is."""
    return torch.searchsorted(codes, needles).clamp_(max=codes.shape[1] - 1)


def _joined(arrays: Sequence[np.ndarray], device: torch.device) -> torch.Tensor:
    return _tensor(arrays[0] if len(arrays) == 1 else np.concatenate(arrays), 0, device)


def _tensor(array: np.ndarray, padding: int, device: torch.device) -> torch.Tensor:
    """An array as a tensor; an empty one becomes one of one element, so that there is something to index."""
    if not len(array):
        array = np.full(1, padding, dtype=array.dtype)
    if array.flags.writeable:
        return torch.from_numpy(array).to(device)
    with warnings.catch_warnings():
        # An index that is memory-mapped must not be written to, and is not.
        warnings.filterwarnings("ignore", message=".*not writable.*")
        return torch.from_numpy(np.asarray(array)).to(device)


_segments: dict[tuple[int, torch.device], _Segment] = {}


def _on_device(segment: DecodingIndex, device: torch.device) -> _Segment:
    """A segment's tensors, made once and forgotten with the segment."""
    key = (id(segment), device)
    if key not in _segments:
        _segments[key] = _Segment(segment, device)
        weakref.finalize(segment, _segments.pop, key, None)
    return _segments[key]
