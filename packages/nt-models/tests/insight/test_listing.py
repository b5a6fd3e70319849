"""A listing holds the lines of the file, and nothing else."""

import ast
import inspect

import pytest
from nt_models import GPT2, gpt2, t5
from nt_models.insight import listing


@pytest.mark.parametrize("thing", [GPT2, GPT2.generate, gpt2.Block, t5.Stack, t5.Block.forward])
def test_every_line_stands_in_the_file_in_that_order(thing):
    lines = iter(inspect.getsource(thing).splitlines())
    for line in listing(thing).splitlines():
        assert any(each.strip() == line.strip() for each in lines), line


@pytest.mark.parametrize("thing", [GPT2, gpt2.Block, t5.T5])
def test_without_docstrings_the_code_is_the_same(thing):
    bare, whole = (ast.parse(listing(thing, docstrings=told)) for told in (False, True))
    assert ast.get_docstring(whole.body[0])
    assert not ast.get_docstring(bare.body[0])
    for node in ast.walk(whole):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            del node.body[0]
    assert ast.dump(bare) == ast.dump(whole)


def test_several_stand_one_after_the_other_and_a_notebook_shows_code():
    both = listing(GPT2.logits, GPT2.generate)
    assert [node.name for node in ast.parse(both).body] == ["logits", "generate"]
    assert both._repr_markdown_() == f"```python\n{both}```"


def test_what_is_written_in_no_file_is_refused():
    with pytest.raises(TypeError):
        listing(len)
