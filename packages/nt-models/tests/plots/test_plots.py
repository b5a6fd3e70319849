"""A picture shows the numbers that it was given: images, lines, labels and cells."""

import sys

import numpy as np
import pytest
from nt_autograd import tensor
from nt_models import BERTConfig, BERTForMaskedLM, capture, plots
from nt_models.insight import (
    activation_statistics,
    attention_rollout,
    distance_profile,
    logit_lens,
    position_table,
)
from nt_nn import ALiBi, SinusoidalPositionalEncoding

HOSTILE = ["$x$", "\n", " a_b", "", "ł", "\x00", "%", "\\t"]  # eight tokens
SHOWN = ["$x$", "↵", "·a_b", "", "ł", "\ufffd", "%", "\\t"]


def rendered(figure):
    """Draw it, as saving would: warnings are errors here."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure).draw()
    return figure


def images(figure):
    return [axes.images[0] for axes in figure.axes if axes.images]


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_each_head_is_an_image_of_its_weights_on_one_scale(small, tokens, device):
    model = small(device=device)
    with capture(model) as seen:
        model(tokens(device=device))
        weights = seen.attention["blocks.1.attention"][-1]
        figure = rendered(plots.attention_heads(weights, HOSTILE, sample=2, title="layer $1"))
        right = weights.numpy()[2]
    found = images(figure)
    assert len(found) == 2
    for image, head in zip(found, right, strict=True):
        np.testing.assert_array_equal(image.get_array(), head)
        assert image.get_clim() == (0.0, pytest.approx(right.max()))
        assert labels(image.axes.xaxis) == labels(image.axes.yaxis) == SHOWN
    assert [image.axes.get_title() for image in found] == ["head 0", "head 1"]
    assert figure.get_suptitle() == "layer $1"
    assert figure.axes[-1].get_ylabel() == "weight"  # of the colours


def test_queries_and_keys_may_differ_in_number():
    weights = np.random.default_rng(0).random((5, 3, 4)).astype("float32")
    figure = rendered(plots.attention_heads(weights, "abc", "defg"))
    assert labels(figure.axes[0].xaxis) == list("defg")
    assert labels(figure.axes[0].yaxis) == list("abc")
    figure = rendered(plots.attention_heads(weights, "abc"))
    assert labels(figure.axes[0].xaxis) == list("0123")
    assert len(images(figure)) == 5  # of six places one is empty


def test_labels_are_thinned_out_where_they_would_not_be_legible():
    weights = np.ones((16, 200, 200), "float32")
    figure = plots.attention_heads(weights, [f"token{i}" for i in range(200)])
    shown = labels(figure.axes[0].yaxis)
    assert 5 < len(shown) < 60
    assert shown == [f"token{i}" for i in range(0, 200, 200 // len(shown))][: len(shown)]


def test_all_layers_and_heads_stand_in_their_place(small, tokens):
    model = small(layers=3)
    with capture(model) as seen:
        model(tokens())
        figure = rendered(plots.attention_layers(seen.attention, sample=1))
        right = [maps[-1].numpy()[1] for maps in seen.attention.values()]
    found = images(figure)
    assert len(found) == 6
    for i, image in enumerate(found):
        np.testing.assert_array_equal(image.get_array(), right[i // 2][i % 2])
    names = [figure.axes[i].get_ylabel() for i in (0, 2, 4)]
    assert names == ["blocks.0", "blocks.1", "blocks.2"]
    assert [figure.axes[i].get_title() for i in (0, 1)] == ["head 0", "head 1"]


def test_the_rollout_is_that_of_the_maps(small, tokens):
    model = small(layers=3)
    with capture(model) as seen:
        model(tokens())
        maps = [each[-1] for each in seen.attention.values()]
        figure = rendered(plots.attention_rollout(maps, HOSTILE, sample=1))
        right = [each.numpy()[1] for each in attention_rollout(maps)]
    for image, each in zip(images(figure), right, strict=True):
        np.testing.assert_allclose(image.get_array(), each, rtol=1e-6)


def test_cells_of_the_logit_lens_hold_the_most_probable_token(small, tokens):
    model = small(layers=3)
    lens = logit_lens(model, tokens(), k=2)
    names = [f"<{i}>" for i in range(10)] + ["a very long token"]
    figure = rendered(plots.logit_lens(lens, names.__getitem__, sample=2))
    axes = figure.axes[0]
    top = lens.tokens.numpy()[:, 2, :, 0]
    for text in axes.texts:
        x, y = text.get_position()
        token = top[3 - y, x]  # the last depth is on top
        assert text.get_text() == (f"<{token}>" if token < 10 else "a·very·long…")
    assert len(axes.texts) == top.size
    p = lens.probabilities.numpy()[::-1, 2, :, 0]
    np.testing.assert_array_equal(axes.images[0].get_array(), p)
    assert labels(axes.yaxis) == ["blocks.2", "blocks.1", "blocks.0", "embedding"]
    read = [names[i] for i in tokens().tolist()[2]]
    assert labels(axes.xaxis) == [t if len(t) < 10 else "a·very·long…" for t in read]


def test_the_lens_of_bert_can_be_drawn(tokens):
    model = BERTForMaskedLM(BERTConfig(11, context=8, layers=2, heads=2, width=12))
    figure = rendered(plots.logit_lens(logit_lens(model, tokens())))
    assert labels(figure.axes[0].yaxis)[0] == "bert.blocks.1"


def test_a_table_of_positions_is_an_image_and_waves():
    table = position_table(SinusoidalPositionalEncoding(10), 30)
    figure = rendered(plots.position_encoding(table, waves=4))
    above, below = figure.axes[:2]
    np.testing.assert_array_equal(above.images[0].get_array(), table.numpy().T)
    low, high = above.images[0].get_clim()
    assert low == -high  # zero is white
    for line in below.lines:
        column = int(line.get_label())
        np.testing.assert_array_equal(line.get_ydata(), table.numpy()[:, column])
    assert [line.get_label() for line in below.lines] == ["0", "3", "6", "9"]
    assert rendered(plots.position_encoding(np.zeros((3, 2)), waves=1)).axes[1].lines[0]


def test_a_bias_is_drawn_at_its_distance():
    along, biases = distance_profile(ALiBi(12), 5)
    figure = rendered(plots.position_bias(along, biases))
    above, below = figure.axes[:2]
    np.testing.assert_array_equal(above.images[0].get_array(), biases.numpy())
    assert above.images[0].get_extent() == [-5.5, 5.5, 11.5, -0.5]
    assert len(below.lines) == 8  # of twelve heads
    for line in below.lines:
        np.testing.assert_array_equal(line.get_xdata(), along.numpy())
        np.testing.assert_array_equal(line.get_ydata(), biases.numpy()[int(line.get_label())])


def test_statistics_stand_beside_the_name_of_their_module(small, tokens):
    model = small()
    with capture(model) as seen:
        model(tokens())
        figure = rendered(plots.activation_statistics(seen.outputs))
        right = activation_statistics(seen.outputs)
    panels = figure.axes
    assert labels(panels[0].yaxis) == [each.name or "(the model)" for each in right]
    for axes, field in zip(panels, ("mean", "std", "zeros", "largest"), strict=True):
        assert list(axes.lines[0].get_xdata()) == [getattr(each, field) for each in right]
        assert list(axes.lines[0].get_ydata()) == list(range(len(right)))
    assert panels[0].yaxis_inverted()  # the first on top


def test_histograms_count_every_element(small, tokens):
    model = small()
    with capture(model, "blocks.*.up", "norm") as seen:
        model(tokens())
        figure = rendered(plots.activation_histograms(seen.outputs, bins=7))
        right = {name: given[-1].detach().numpy() for name, given in seen.outputs.items()}
    for axes, (name, x) in zip(figure.axes, right.items(), strict=False):
        assert axes.get_title() == name
        heights = [int(bar.get_height()) for bar in axes.patches]
        assert heights == np.histogram(x, 7)[0].tolist()


def test_lists_of_maps_are_numbered_layers():
    maps = [tensor(np.ones((2, 3, 3), "float32")), tensor(np.ones((1, 2, 2), "float32"))]
    figure = rendered(plots.attention_layers(maps))
    assert [figure.axes[i].get_ylabel() for i in (0, 2)] == ["layer 0", "layer 1"]
    assert len(images(figure)) == 3  # the second layer has one head


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda: plots.attention_heads(np.ones((3, 3))), "weights must have 3 axes"),
        (lambda: plots.attention_heads(np.ones((1, 2, 3, 3)), sample=1), r"sample \(1\) must be b"),
        (lambda: plots.attention_heads(np.ones((2, 3, 3)), "ab"), "tokens: 2 labels do not fit an"),
        (lambda: plots.attention_heads(np.ones((2, 3, 4)), "abc", "ab"), "keys: 2 labels do not"),
        (lambda: plots.attention_layers({}), "maps: there is none"),
        (lambda: plots.position_encoding(np.ones(3)), r"table must be \(positions, width\)"),
        (lambda: plots.position_encoding(np.ones((3, 2)), waves=0), r"waves \(0\) must be"),
        (lambda: plots.position_bias(np.ones(3), np.ones((2, 4))), r"biases \(2, 4\) must be"),
        (lambda: plots.activation_histograms({"a": tensor([1.0])}, bins=0), r"bins \(0\) must"),
        (lambda: plots.activation_statistics({}), "no module in it gave a tensor of floats"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, said):
    with pytest.raises(ValueError, match=said):
        draw()


def test_there_is_no_such_sample(small, tokens):
    lens = logit_lens(small(), tokens())
    for sample in (3, -1):
        with pytest.raises(ValueError, match=rf"sample \({sample}\) must be below the batch of 3"):
            plots.logit_lens(lens, sample=sample)


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "nt-models\[plots\]"'):
        plots.attention_heads(np.ones((1, 2, 2)))
