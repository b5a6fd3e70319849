"""`nt explain` tells what the library's ledger holds, in every format."""

import json
from xml.etree import ElementTree

import pytest


def test_it_prints_what_is_published(nt):
    ran = nt("explain", "bert-base", "--seq", 128)
    assert ran.status == 0
    assert "22,347,251,712" in ran.out
    assert "1,862,270,976" in ran.out
    assert "backward" not in ran.out
    assert "NO" not in ran.out.split()


def test_gradients_are_counted_on_demand(nt):
    told = json.loads(nt("explain", "gpt2-mini", "--format", "json", "--backward").out)
    assert told["total"]["backward"]["macs"] == 2 * told["total"]["forward"]["macs"]


def test_running_every_block_changes_nothing(nt):
    options = ("explain", "gpt2-mini", "--seq", 16, "--batch", 2)
    assert nt(*options).out == nt(*options, "--whole").out


@pytest.mark.parametrize("format", ["markdown", "mermaid", "svg"])
def test_other_formats(nt, format):
    ran = nt("explain", "t5-mini", "--seq", 8, "--source", 4, "--format", format)
    assert ran.status == 0
    if format == "svg":
        assert ElementTree.fromstring(ran.out).tag.endswith("svg")
    else:
        assert {"markdown": "| ---", "mermaid": "flowchart TD"}[format] in ran.out


def test_a_diagram_of_a_part(nt):
    out = nt("explain", "bert-mini", "--format", "mermaid", "--part", "blocks.0", "--depth", 2).out
    assert "attention.qkv" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "there is no preset 'nothing'"),
        (["bert-mini", "--seq", "0"], "seq (0) must be positive"),
        (["bert-mini", "--seq", "999"], "do not fit the context"),
        (["resnet20", "--seq", "9"], "seq (9) is for models that read texts"),
        (["gpt2-mini", "--source", "9"], "source (9) is for models that read one text"),
        (["gpt2-mini", "--format", "svg", "--part", "x"], "no module 'x' ran"),
        (["gpt2-mini", "--format", "mermaid", "--depth", "0"], "depth (0) must be 1 or more"),
        (["gpt2-mini", "--format", "html"], "html"),
    ],
)
def test_wrong_use_is_told_in_one_line(nt, arguments, said):
    ran = nt("explain", *arguments)
    assert ran.status == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1
