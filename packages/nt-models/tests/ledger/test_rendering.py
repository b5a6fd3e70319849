"""A ledger's tables, JSON and diagrams tell the same as the ledger."""

import json
import re
from xml.etree import ElementTree

import pytest
from nt_autograd import zeros
from nt_models import explain
from nt_models.ledger import preset_inputs, preset_skeleton
from nt_models.ledger._records import block_of
from nt_nn import Linear, Module, Sequential


@pytest.fixture(scope="module")
def ledger():
    model = preset_skeleton("bert-base")
    return explain(model, *preset_inputs(model, seq=128), fold=True, backward=True)


def test_the_text_tells_totals_blocks_weights_and_steps_with_units(ledger):
    text = str(ledger)
    assert "1 MAC = 2 FLOPs" in text
    block = next(line for line in text.splitlines() if line.startswith("blocks.0 to blocks.11"))
    assert block.split()[3:7] == ["12", "7,087,872", "931,135,488", "1,862,270,976"]
    assert "bytes that the tape keeps" in text
    blocks = next(line for line in text.splitlines() if line.startswith("all blocks"))
    assert blocks.split()[2:6] == ["12", "85,054,464", "11,173,625,856", "22,347,251,712"]
    assert re.search(r"attention\.qkv\.weight +\(2304, 768\) +1,769,472\n", text)
    shape = r"\(1, 12, 128, 64\)"
    attention = rf"attention +attention +3 x {shape} +{shape} +25,165,824 +50,331,648 +983,040 "
    assert re.search(attention, text)
    assert re.search(r"QKᵀ +n t w +12 +12,582,912 +25,165,824 +150,994,944 +150,994,944 +yes", text)
    assert not any(line.endswith(" ") for line in text.splitlines())


def test_what_stands_outside_of_blocks_is_one_table_in_the_order_of_running(ledger):
    headings = [table.heading for table in ledger.tables()][3:]
    assert headings == [
        "Weights outside of blocks",
        "Steps outside of blocks",
        "Weights of blocks.0 to blocks.11",
        "Steps of blocks.0 to blocks.11",
    ]
    weights, steps = ledger.tables()[3:5]
    assert ("token_embedding.weight", "(30522, 768)", "23,440,896") in weights.rows
    ops = [row[:2] for row in steps.rows if row[1] != "getitem"]
    assert ops[-3:] == [
        ("token_embedding", "embedding"), ("(itself)", "add"), ("norm", "layer_norm"),
    ]  # fmt: skip


def test_without_a_walk_back_nothing_is_told_of_it():
    text = explain(Sequential(Linear(3, 4)), zeros(5, 3)).text()
    assert "backward" not in text
    assert "formula" not in text


def test_every_row_of_every_table_has_all_columns(ledger):
    for table in ledger.tables():
        assert {len(row) for row in table.rows} == {len(table.columns)}
    assert [t.heading for t in ledger.tables()][:3] == [
        "BERT((1, 128))",
        "Blocks, each of those that are alike",
        "Closed formulas and what was counted, forward",
    ]


def test_blocks_sum_to_the_whole(ledger):
    for sums in ("forward", "backward"):
        for what in ("macs", "other", "read", "written", "flops", "product_flops"):
            whole = getattr(getattr(ledger, sums), what)
            assert sum(getattr(getattr(each, sums), what) for each in ledger.blocks) == whole
    assert sum(block.parameters for block in ledger.blocks) == ledger.parameters
    assert sum(block.kept for block in ledger.blocks) == ledger.kept
    assert len([block for block in ledger.blocks if block.name.startswith("blocks.")]) == 12


def test_a_part_is_found_by_name_or_refused(ledger):
    attention = ledger.part("blocks.3.attention")
    assert attention.parameters == 4 * 768 * 768 + 4 * 768
    assert attention.forward.product_flops == 452_984_832 + 2 * 25_165_824 + 150_994_944
    with pytest.raises(ValueError, match=r"no module 'blocks\.12' ran in this BERT"):
        ledger.part("blocks.12")


def test_markdown_is_made_of_tables_that_markdown_knows(ledger):
    lines = ledger.markdown().splitlines()
    rules = [i for i, line in enumerate(lines) if line.startswith("| ---")]
    assert len(rules) == len(ledger.tables())
    for i in rules:
        assert lines[i - 1].count("|") == lines[i].count("|") == lines[i + 1].count("|")


def test_json_has_everything(ledger):
    told = json.loads(ledger.json())
    assert told["total"]["forward"]["product_flops"] == 22_347_251_712
    assert told["total"]["backward"]["macs"] == ledger.backward.macs
    assert told["total"]["agrees"] is True
    assert len(told["steps"]) == len(ledger.steps)
    assert told["formulas"][0]["counted_macs"] == told["formulas"][0]["macs"] == 12 * 226_492_416
    assert told["weights"][0] == {
        "name": "token_embedding.weight",
        "shape": [30522, 768],
        "parameters": 30522 * 768,
    }
    assert json.loads(explain(Linear(1, 1), zeros(1, 1)).json())["total"]["backward"] is None


def titles(ledger, **options):
    return re.findall(r'n\d+\["(.*?)<br/>', ledger.mermaid(**options))


def test_the_diagram_shows_each_block_once_and_in_order(ledger):
    found = titles(ledger)
    assert found[-12:] == [f"blocks.{i}" for i in range(12)]
    edges = re.findall(r"n(\d+) --> n(\d+)", ledger.mermaid())
    assert all(int(a) < int(b) for a, b in edges)
    last = len(found) - 1
    assert all((str(i), str(i + 1)) in edges for i in range(last - 11, last))


def test_a_part_of_the_diagram_opens_deeper(ledger):
    expected = ["attention", "add", "norm1", "up", "gelu", "down", "add", "norm2"]
    assert titles(ledger, part="blocks.4") == expected
    assert 'n0(["from blocks.3<br/>(1, 128, 768)"])' in ledger.mermaid(part="blocks.4")
    inside = titles(ledger, part="blocks.4", depth=2)
    assert "attention.qkv" in inside
    assert "attention: attention" in inside
    assert "blocks.0.attention" in titles(ledger, depth=2)


def test_the_residual_goes_around_the_network(ledger):
    text = ledger.mermaid(part="blocks.4")
    assert "n0 --> n1" in text  # what comes in to the attention
    assert "n0 --> n2" in text  # and to the first sum
    assert "n3 --> n4" in text  # norm1 to up
    assert "n3 --> n7" in text  # and to the second sum


def test_the_svg_has_a_box_for_each_of_mermaids(ledger):
    for options in ({}, {"depth": 3}, {"part": "blocks.0"}):
        root = ElementTree.fromstring(ledger.svg(**options))
        boxes = [g for g in root.iter("{http://www.w3.org/2000/svg}g") if g.get("id")]
        assert len(boxes) == len(re.findall(r"^    n\d+[\[(]", ledger.mermaid(**options), re.M))


def test_the_page_folds_every_module_that_has_an_inside(ledger):
    page = ledger.html()
    body = page[page.index("<body>") : page.index("</body>") + 7]
    root = ElementTree.fromstring(body)
    names = [each.findtext("code") for each in root.iter("summary")]
    assert names == [f"blocks.{i}{part}" for i in range(12) for part in ("", ".attention")]
    assert [each.get("open") for each in root.iter("details")] == [None] * 24
    for details in root.iter("details"):
        name = details.find("summary").findtext("code")
        drawn = details.find("{http://www.w3.org/2000/svg}svg")
        boxes = [g for g in drawn.iter("{http://www.w3.org/2000/svg}g") if g.get("id")]
        right = ElementTree.fromstring(ledger.svg(part=name))
        assert len(boxes) == len([g for g in right.iter() if g.get("id", "")[:1] == "n"])
    block = root.find("details")
    assert block.find("details/summary/code").text == "blocks.0.attention"  # inside of its block
    assert "7,087,872 parameters · 931,135,488 MACs" in block.find("summary/span").text
    assert "<script" not in page


def test_what_cannot_be_drawn_is_refused(ledger):
    with pytest.raises(ValueError, match=r"depth \(0\) must be 1 or more"):
        ledger.svg(depth=0)
    with pytest.raises(ValueError, match="part: no module 'block' ran"):
        ledger.mermaid(part="block")


def test_a_module_that_is_called_twice_is_two_boxes():
    class Twice(Module):
        def __init__(self):
            self.layer, self.other = Linear(3, 3), Linear(3, 3)

        def forward(self, x):
            return self.layer(self.other(self.layer(x)))

    ledger = explain(Twice(), zeros(2, 3))
    assert titles(ledger) == ["layer", "other", "layer"]
    assert "n0 --> n1\n    n1 --> n2" in ledger.mermaid()


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("blocks.3.up", "blocks.3"),
        ("vision.blocks.10.attention.qkv", "vision.blocks.10"),
        ("stages.0.2.convs.1", "stages.0.2"),
        ("0.1.weight", "0.1"),
        ("conv1.weight", "conv1"),
        ("norm", "norm"),
        ("", ""),
    ],
)
def test_a_block_is_a_name_up_to_its_first_numbers(name, block):
    assert block_of(name) == block
