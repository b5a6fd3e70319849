"""einsum against NumPy's, at every kind of equation, with both derivatives."""

import numpy as np
import pytest
from nt_autograd import einsum, gradcheck, gradgradcheck, tensor, tensordot, zeros

SIZES = {"a": 2, "b": 3, "c": 4, "d": 2, "e": 3}
EQUATIONS = """
    ab,bc->ac  ab,bc  abc,abd->acd  ab->ba  ab->  ab->b  aa->a  aa->  aa  ab,ab->  ab,ab->a
    a,b->ab  a,b->ba  abc,cd,db->a  ab,bc,cd,de->ae  abb->ab  abba->ab  a,a,a->a  ab,c->abc  ab,c->
    ba,ca->  abc->  abc,abc->ab  a,a->a  ,->  ,a->a  abc,acd->abd  bac,cd->abd  aab,b->a
    a,ab,abc->abc  cab  abc,d,e->abcde
""".split()  # noqa: SIM905 (equations read better than quoted strings)


def inputs(equation, rng):
    terms = equation.partition("->")[0].split(",")
    return [rng.standard_normal([SIZES[label] for label in term]) for term in terms]


@pytest.mark.parametrize("equation", EQUATIONS)
def test_it_is_numpys(equation, road, agree, rng):
    operands = inputs(equation, rng)
    found = einsum(equation, *(tensor(x) for x in operands)).numpy()
    expected = np.einsum(equation, *operands)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    agree(lambda *xs: einsum(equation, *xs), *operands, device=road, limit=5e-6)


@pytest.mark.parametrize("equation", EQUATIONS)
def test_both_derivatives_agree_with_differences(equation, rng):
    xs = [tensor(x, requires_grad=True) for x in inputs(equation, rng)]
    assert gradcheck(lambda *ts: einsum(equation, *ts), *xs)
    if sum(x.numel() for x in xs) < 25:
        assert gradgradcheck(lambda *ts: einsum(equation, *(t * t for t in ts)), *xs)


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("...ab,...bc->...ac", [(5, 2, 3), (5, 3, 4)]),
        ("...ab,...bc->...ac", [(6, 1, 2, 3), (5, 3, 4)]),
        ("...ab,bc", [(6, 5, 2, 3), (3, 4)]),
        ("...a->...", [(2, 3, 4)]),
        ("a...->...a", [(2, 3, 4)]),
        ("...,...->...", [(2, 3), (3,)]),
        ("a...b,b->a...", [(2, 5, 6, 3), (3,)]),
        ("...a,...a", [(4, 3), (4, 3)]),
        ("...->", [(2, 3)]),
    ],
)
def test_dots_stand_for_axes_that_broadcast(equation, shapes, road, agree, rng):
    operands = [rng.standard_normal(shape) for shape in shapes]
    expected = np.einsum(equation, *operands) if equation != "...->" else operands[0].sum()
    found = einsum(equation, *(tensor(x) for x in operands)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    agree(lambda *xs: einsum(equation, *xs), *operands, device=road, limit=5e-6)
    if sum(x.size for x in operands) < 80:
        assert gradcheck(
            lambda *ts: einsum(equation, *ts), *(tensor(x, requires_grad=True) for x in operands)
        )


def test_an_axis_of_length_one_broadcasts(rng):
    a, b = rng.standard_normal((2, 1)), rng.standard_normal((3, 4))
    found = einsum("ab,bc->abc", tensor(a), tensor(b)).numpy()
    np.testing.assert_allclose(found, a[:, :, None] * b)
    assert einsum("ab->ab", zeros(2, 1)).shape == (2, 1)
    assert gradcheck(
        lambda x, y: einsum("ab,bc->ac", x, y),
        *(tensor(x, requires_grad=True) for x in (a, b)),
    )


def test_blanks_do_not_matter(rng):
    a, b = rng.standard_normal((2, 3)), rng.standard_normal((3, 4))
    found = einsum(" a b , b c -> a c ", tensor(a), tensor(b)).numpy()
    np.testing.assert_allclose(found, a @ b)


def test_empty_axes_sum_to_zero(road, agree):
    agree(lambda x, y: einsum("ab,bc->ac", x, y), np.zeros((2, 0)), np.zeros((0, 3)), device=road)
    agree(lambda x, y: einsum("ab,cb->ac", x, y), np.zeros((0, 2)), np.ones((3, 2)), device=road)


def test_a_chain_is_multiplied_where_it_stays_small():
    from nt_autograd import count_flops, ones

    with count_flops() as count:
        einsum("ab,bc,cd->ad", ones(100, 100), ones(100, 100), ones(100, 1))
    assert count.flops <= 2 * 2 * 100 * 100


@pytest.mark.parametrize(
    ("equation", "shapes", "message"),
    [
        ("ab,bc->ad", [(2, 3), (3, 4)], "'d' of the result"),
        ("ab->aa", [(2, 3)], "'a' of the result"),
        ("ab->ab", [(2,)], "names 2 axes of operand 0, it has 1"),
        ("...ab->ab", [(2,)], "names 2 axes of operand 0, it has 1"),
        ("ab,b->a", [(2, 3), (4,)], "'b' is 3 long and 4 long"),
        ("aa->a", [(2, 3)], "'a' is 2 long and 3 long"),
        ("a1->a", [(2, 3)], "no letter"),
        ("ab", [(2, 2), (3, 3)], "has 1 operands, 2 came"),
    ],
)
def test_an_equation_that_does_not_fit_is_told(equation, shapes, message):
    with pytest.raises(ValueError, match=message):
        einsum(equation, *(zeros(shape) for shape in shapes))


@pytest.mark.parametrize(
    ("left", "right", "dims"),
    [
        ((2, 3, 4), (3, 4, 5), 2),
        ((2, 3, 4), (4, 3, 5), ([1, 2], [1, 0])),
        ((2, 3), (4, 5), 0),
        ((2, 3), (2, 3), ((0, -1), (0, 1))),
        ((2, 0), (0, 3), 1),
    ],
)
def test_tensordot_is_numpys(left, right, dims, road, agree, rng):
    a, b = rng.standard_normal(left), rng.standard_normal(right)
    found = tensordot(tensor(a), tensor(b), dims).numpy()
    np.testing.assert_allclose(found, np.tensordot(a, b, dims), rtol=1e-12)
    agree(lambda x, y: tensordot(x, y, dims), a, b, device=road)
    assert gradcheck(
        lambda x, y: tensordot(x, y, dims), *(tensor(x, requires_grad=True) for x in (a, b))
    )


def test_axes_that_do_not_pair_are_told():
    with pytest.raises(ValueError, match="do not pair"):
        tensordot(zeros(2, 3), zeros(4, 5), 1)
