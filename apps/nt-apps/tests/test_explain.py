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


FIGURES = {  # of the table that was published, as they are printed
    ("bert-base", "--seq", 128): [
        "452,984,832", "25,165,824", "150,994,944", "1,207,959,552", "1,862,270,976",
        "22,347,251,712", "109,482,240",
    ],
    ("gpt2", "--seq", 128): [
        "452,984,832", "25,165,824", "150,994,944", "1,207,959,552", "1,862,270,976",
        "22,347,251,712", "124,439,808", "9,880,928,256",
    ],
    ("gpt2", "--seq", 1024): ["291,648,307,200"],
    ("t5-base", "--seq", 128, "--source", 128): [
        "1,862,270,976", "2,516,582,400", "52,546,240,512", "222,903,552",
    ],
    ("llama-7b", "--seq", 128): [
        "52,076,478,464", "1,666,447,310,848", "33,554,432,000", "6,738,415,616",
    ],
    ("resnet50",): ["4,089,184,256", "25,557,032"],
    ("vit-base-patch16",): ["17,563,", "86,567,656"],
}  # fmt: skip


@pytest.mark.parametrize("arguments", FIGURES, ids=lambda each: " ".join(map(str, each)))
def test_every_published_figure_is_printed(nt, arguments):
    ran = nt("explain", *arguments)
    assert ran.status == 0
    numbers = set(ran.out.split())
    for figure in FIGURES[arguments]:
        assert any(each.startswith(figure) for each in numbers), figure
    assert "NO" not in numbers


def test_a_narrow_terminal_breaks_tables_between_columns_and_never_a_number():
    from nt_apps.commands.explain import _pages
    from nt_models.ledger import Table

    rows = [("blocks.0", "linear", "(1, 2)", "1,862,270,976", "7"), ("norm", "add", "()", "0", "0")]
    table = Table("Steps", ("module", "op", "in", "MACs", "FLOPs (2 x MACs)"), rows, 3)
    assert _pages(table, 200) == [[0, 1, 2, 3, 4]]
    assert _pages(table, 45) == [[0, 1, 2, 3], [0, 1, 4]]
    assert _pages(table, 20) == [[0, 1, 2], [0, 1, 3], [0, 1, 4]]


def test_gradients_are_counted_on_demand(nt):
    told = json.loads(nt("explain", "gpt2-mini", "--format", "json", "--backward").out)
    assert told["total"]["backward"]["macs"] == 2 * told["total"]["forward"]["macs"]


def test_running_every_block_changes_nothing(nt):
    options = ("explain", "gpt2-mini", "--seq", 16, "--batch", 2)
    assert nt(*options).out == nt(*options, "--whole").out


@pytest.mark.parametrize("format", ["markdown", "mermaid", "svg", "html"])
def test_other_formats(nt, format):
    ran = nt("explain", "t5-mini", "--seq", 8, "--source", 4, "--format", format)
    assert ran.status == 0
    if format == "svg":
        assert ElementTree.fromstring(ran.out).tag.endswith("svg")
    else:
        assert {"markdown": "| ---", "mermaid": "flowchart TD", "html": "<details>"}[
            format
        ] in ran.out


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
        (["gpt2-mini", "--format", "pdf"], "pdf"),
    ],
)
def test_wrong_use_is_told_in_one_line(nt, arguments, said):
    ran = nt("explain", *arguments)
    assert ran.status == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1
