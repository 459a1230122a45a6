"""What weights make of codes: summed over the levels, exactly the weight of the item."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neo_assistant.decoding.bitmap import Bitmap
from neo_assistant.decoding.torch_view import TorchIndex, TorchViews
from neo_assistant.decoding.torch_weights import TorchWeights
from neo_assistant.decoding.view import NOTHING, View
from neo_assistant.decoding.weights import MOST, UNIT, Weights
from neo_assistant.errors import DecodingIndexError
from tests.neo_assistant.edited_catalogs import EditedCatalog, edited_catalogs, subsets
from tests.neo_assistant.without_host import NoCopyToHost

FACTORS = st.sampled_from((0.01, 0.5, 1.5, 2.0, 40.0))


@st.composite
def weighted(draw: st.DrawFn) -> tuple[EditedCatalog, View, np.ndarray, Weights]:
    """A catalog, a view of it, taken positions, and weights made of up to three sets."""
    catalog = draw(edited_catalogs())
    view = catalog.view(draw(subsets(catalog)), dead=draw(st.booleans()))
    sets = [(catalog.view(draw(subsets(catalog))).bitmap, draw(FACTORS)) for _ in range(draw(st.integers(1, 3)))]
    weights = Weights.of_sets(len(catalog.index), sets)
    if weights is None:
        weights = Weights(len(catalog.index), NOTHING, NOTHING)
    return catalog, view, catalog.places(draw(subsets(catalog))), weights


def factors(view: View, taken: np.ndarray, weights: Weights) -> dict[int, tuple[int, float]]:
    """Position → type number, and log of weight over the mean weight of what may be named of its type."""
    free = [place for place in range(len(view.index)) if view.has(place) and place not in taken.tolist()]
    numbers = {place: view.index.scheme.type_numbers[view.index.sid(place).item_type] for place in free}
    excess = dict(zip(weights.positions.tolist(), weights.excess.tolist(), strict=True))
    w = {place: 1 + excess.get(place, 0) / UNIT for place in free}
    means = {number: np.mean([w[place] for place in free if numbers[place] == number]) for number in numbers.values()}
    return {place: (numbers[place], float(np.log(w[place] / means[numbers[place]]))) for place in free}


@given(weighted())
def test_over_the_levels_the_biases_add_up_to_the_weight_of_the_item(
    drawn: tuple[EditedCatalog, View, np.ndarray, Weights],
) -> None:
    _, view, taken, weights = drawn
    sums = weights.under(view)
    for place, (number, expected) in factors(view, taken, weights).items():
        codes, total = view.index.sid(place).codes, 0.0
        for level, code in enumerate(codes):
            following = view.codes_after(number, codes[:level], taken)
            bias = sums.bias(number, codes[:level], following, taken)
            assert bias.shape == following.shape
            assert np.isfinite(bias).all()
            total += float(bias[following.tolist().index(code)])
        assert total == pytest.approx(expected, abs=1e-9)


@given(weighted())
def test_the_mean_of_a_type_is_that_of_what_may_be_named(
    drawn: tuple[EditedCatalog, View, np.ndarray, Weights],
) -> None:
    catalog, view, taken, weights = drawn
    means = weights.under(view).type_means(taken)
    logs = factors(view, taken, weights)
    known = {number: float(np.log(weights.at(np.array(place)))) - log for place, (number, log) in logs.items()}
    assert means.tolist() == pytest.approx([known.get(number, 0.0) for number in range(len(catalog.scheme.types))])


@given(weighted(), st.booleans())
def test_torch_gives_the_same_biases(drawn: tuple[EditedCatalog, View, np.ndarray, Weights], static: bool) -> None:
    catalog, view, taken, weights = drawn
    index, sums = TorchIndex(catalog.index, "cpu", static), weights.under(view)
    views, biases = TorchViews(index, [view], [taken]), TorchWeights(index, sums, taken)
    numbers = torch.arange(len(catalog.scheme.types))
    prefixes = views.begin(torch.zeros_like(numbers), numbers)
    paths: list[tuple[int, tuple[int, ...]]] = [(number, ()) for number in numbers.tolist()]
    for level in range(catalog.scheme.levels):
        with NoCopyToHost() if static else torch.inference_mode():
            candidates = views.candidates(prefixes, level)
            bias = biases.bias(candidates)
        assert bias.isfinite().all()
        assert not bias[~candidates.alive].any()
        for (number, codes), row, alive, found in zip(paths, bias, candidates.alive, candidates.codes, strict=True):
            following = view.codes_after(number, codes, taken)
            expected = sums.bias(number, codes, following, taken) if len(following) else NOTHING
            by_code = dict(zip(found[alive].tolist(), row[alive].tolist(), strict=True))
            assert by_code == pytest.approx(dict(zip(following.tolist(), expected.tolist(), strict=True)), abs=1e-5)
        rows, lanes = torch.nonzero(candidates.alive, as_tuple=True)
        paths = [
            (paths[row][0], (*paths[row][1], int(candidates.codes[row, lane])))
            for row, lane in zip(rows.tolist(), lanes.tolist(), strict=True)
        ]
        prefixes = views.descend(prefixes, candidates, rows, lanes)


def test_factors_of_one_item_multiply_up_to_a_bound() -> None:
    one, two = Bitmap.from_positions(40, np.array([3, 7])), Bitmap.from_positions(40, np.array([7, 39]))
    weights = Weights.of_sets(40, [(one, 2.0), (two, 1.5), (two, 1.0)])
    assert weights is not None
    assert weights.at(np.array([0, 3, 7, 39, 38])).tolist() == pytest.approx([1, 2, 3, 1.5, 1], abs=1e-6)
    far = Weights.of_sets(40, [(one, 1e200), (one, 1e200), (two, 1e-9)])
    assert far is not None
    assert far.at(np.array([3, 7, 39])).tolist() == pytest.approx([MOST, MOST, 1 / MOST], rel=1e-3)


def test_no_weights_where_none_is_other_than_1() -> None:
    some = Bitmap.from_positions(9, np.array([1, 2]))
    assert Weights.of_sets(9, []) is None
    assert Weights.of_sets(9, [(some, 1.0)]) is None
    assert Weights.of_sets(9, [(some, 2.0), (some, 0.5)]) is None
    assert Weights.of_sets(9, [(some & ~some, 2.0)]) is None


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan"), float("inf")])
def test_a_weight_is_a_number_above_0(factor: float) -> None:
    with pytest.raises(DecodingIndexError):
        Weights.of_sets(9, [(Bitmap.full(9), factor)])
