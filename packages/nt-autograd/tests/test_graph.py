"""The picture of a graph holds every op and every edge, and nothing that a name could break."""

import html
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from nt_autograd import checkpoint, draw, exp, no_grad, split, sum, tanh, tensor

SVG = "{http://www.w3.org/2000/svg}"


def leaf(*values):
    return tensor(list(values), requires_grad=True)


def network():
    """A graph with a value used twice, an op used with itself, several outputs and a constant."""
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    h = x * w
    a, b = split(h * h, [1, 1])
    return sum(exp(a) * b + h[:1] * tensor([2.0])), {"x": x, "w": w}


EXPECTED = [  # in the order of making
    ("x", "(2,)"),
    ("w", "(2,)"),
    ("mul", "(2,)"),
    ("mul", "(2,)"),
    ("split", "(1,), (1,)"),
    ("exp", "(1,)"),
    ("mul", "(1,)"),
    ("getitem", "(1,)"),
    ("mul", "(1,)"),
    ("add", "(1,)"),
    ("sum", "()"),
]
EDGES = [(0, 2), (1, 2), (2, 3), (2, 3), (3, 4), (4, 5), (5, 6), (4, 6), (2, 7), (7, 8), (6, 9)]
EDGES += [(8, 9), (9, 10)]


def unwritten(text):
    """Mermaid's entities read back."""
    return re.sub(r"#(\d+);", lambda code: chr(int(code[1])), text)


def read_mermaid(text):
    boxes = re.findall(r'^    n(\d+)(?:\(\[|\[)"(.*)<br/>(.*)"(?:\]\)|\])$', text, re.MULTILINE)
    edges = re.findall(r"^    n(\d+) --> n(\d+)$", text, re.MULTILINE)
    assert len(boxes) + len(edges) + 1 == len(text.splitlines())
    assert [int(i) for i, _, _ in boxes] == list(range(len(boxes)))
    return [(unwritten(a), unwritten(b)) for _, a, b in boxes], [(int(a), int(b)) for a, b in edges]


def read_svg(text):
    root = ElementTree.fromstring(text)
    groups = root.findall(f"{SVG}g")
    assert [g.get("id") for g in groups] == [f"n{i}" for i in range(len(groups))]
    boxes = [tuple(t.text for t in g.findall(f"{SVG}text")) for g in groups]
    paths = [p.get("id") for p in root.findall(f"{SVG}path")]
    edges = [tuple(int(n) for n in re.findall(r"\d+", path)[:2]) for path in paths]
    assert len(set(paths)) == len(paths)
    return boxes, edges


@pytest.mark.parametrize(("format", "read"), [("mermaid", read_mermaid), ("svg", read_svg)])
def test_every_op_and_every_edge_is_there(format, read):
    y, names = network()
    boxes, edges = read(draw(y, format, names))
    assert boxes == EXPECTED
    assert sorted(edges) == sorted(EDGES)


@pytest.mark.parametrize(("format", "read"), [("mermaid", read_mermaid), ("svg", read_svg)])
@pytest.mark.parametrize(
    "name",
    ['<script>"a" & b</script>', "end", "a]b)c", "`code`", "größe 重み", "#quot;", "a--b", "%% no"],
)
def test_names_are_only_text(format, read, name):
    x = leaf(1.0)
    boxes, edges = read(draw(x * x, format, {name: x}))
    assert boxes[0] == (name, "(1,)")
    assert edges == [(0, 1), (0, 1)]


def test_control_characters_do_not_break_the_xml():
    x = leaf(1.0)
    boxes, _ = read_svg(draw(x * 2, "svg", {"a\x00\x1bb\n": x}))
    assert boxes[0][0] == "a\ufffd\ufffdb\ufffd"


def test_a_leaf_without_a_name_and_an_intermediate_with_one():
    x = leaf(1.0, 2.0)
    h = exp(x)
    boxes, _ = read_mermaid(draw(sum(h), names={"hidden": h, "elsewhere": leaf(1.0)}))
    assert boxes == [("leaf", "(2,)"), ("hidden = exp", "(2,)"), ("sum", "()")]


def test_a_leaf_and_an_output_of_several_can_be_drawn():
    x = leaf(1.0, 2.0)
    assert read_mermaid(draw(x)) == ([("leaf", "(2,)")], [])
    boxes, edges = read_svg(draw(split(x, [1, 1])[1], "svg"))
    assert boxes == [("leaf", "(2,)"), ("split", "(1,), (1,)")]
    assert edges == [(0, 1)]


def test_a_checkpoint_is_one_op():
    x = leaf(1.0)
    boxes, _ = read_mermaid(draw(checkpoint(lambda x: tanh(tanh(x)), x)))
    assert boxes == [("leaf", "(1,)"), ("checkpoint", "(1,)")]


def test_drawing_changes_nothing():
    y, names = network()
    draw(y, "svg", names)
    y.backward()
    assert names["x"].grad is not None


def test_boxes_do_not_overlap_and_edges_stay_clear_of_them():
    x = leaf(1.0)
    h = x
    for i in range(12):
        h = h + tanh(h * leaf(float(i)) * x)
    root = ElementTree.fromstring(draw(h, "svg"))
    rects = []
    for group in root.findall(f"{SVG}g"):
        box = group.find(f"{SVG}rect")
        x0, y0, w, h_ = (float(box.get(k)) for k in ("x", "y", "width", "height"))
        rects.append((x0, y0, x0 + w, y0 + h_))
    for i, a in enumerate(rects):
        for b in rects[i + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    width, height = float(root.get("width")), float(root.get("height"))
    assert all(r[0] >= -16 and r[2] <= width - 16 and r[3] <= height - 16 for r in rects)
    for path in root.findall(f"{SVG}path"):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", path.get("d"))]
        points = np.array(numbers).reshape(-1, 2)
        for start, c1, c2, end in zip(
            points[::3], points[1::3], points[2::3], points[3::3], strict=False
        ):
            t = np.linspace(0.02, 0.98, 40)[:, None]
            curve = (1 - t) ** 3 * start + 3 * t * (1 - t) ** 2 * c1
            curve = curve + 3 * t**2 * (1 - t) * c2 + t**3 * end
            for x0, y0, x1, y1 in rects:
                inside = (curve > [x0 + 1, y0 + 1]) & (curve < [x1 - 1, y1 - 1])
                assert not inside.all(axis=1).any()


def test_what_cannot_be_drawn_is_said():
    x = leaf(1.0)
    with pytest.raises(ValueError, match=r"the tensor \(shape \(1,\)\) was not recorded"):
        draw(tensor([1.0]))
    with no_grad(), pytest.raises(ValueError, match="not recorded"):
        draw(x * 2)
    y = exp(x)
    y.backward()
    with pytest.raises(RuntimeError, match="freed by backward; draw it before"):
        draw(y)
    with pytest.raises(ValueError, match='format must be "mermaid" or "svg", not \'png\''):
        draw(x * 2, "png")


def test_more_than_anyone_could_look_at_is_refused():
    x = leaf(1.0)
    h = x
    for _ in range(300):
        h = h * x  # an edge from the top to every layer
    with pytest.raises(ValueError, match="boxes and bends is more than 20000: draw a part"):
        draw(h, "svg")
    assert len(read_mermaid(draw(h))[0]) == 301


def test_a_long_chain_is_no_recursion():
    h = leaf(1.0)
    for _ in range(5_000):
        h = h * 1.0
    assert len(read_svg(draw(h, "svg"))[0]) == 5_001


def test_escaping_is_undone_by_a_reader_of_html():
    x = leaf(1.0)
    assert html.escape("<b>", quote=True) in draw(x * 1, "svg", {"<b>": x})
