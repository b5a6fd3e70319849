"""The published models: what each is called with, and where its insides have their names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Inside:
    """One stack of blocks, as the answers and as we call it.

    Attributes:
        answers: what the answers' names have in front: "text." of "text.attentions.0".
        first: the module whose output goes into the first block; "" where it is none.
        blocks: the modules whose outputs are the other hidden states, in order; `*` is a number.
        norm: whose output takes the last one's place; "" for none.
        attention: the modules whose maps are compared; "" for none.
        mask: the input that says where tokens are real; "" where all are.
    """

    answers: str
    first: str
    blocks: str
    norm: str = ""
    attention: str = ""
    mask: str = ""


@dataclass(frozen=True)
class Case:
    """A published model.

    Attributes:
        name: its folder.
        inputs: the names of what it is called with.
        insides: its stacks.
        loss: which loss the answers have.
        mask: the input that says which of the logits' rows count; "" for all.
    """

    name: str
    inputs: tuple[str, ...]
    insides: tuple[Inside, ...]
    loss: str
    mask: str = ""


TEXT = ("input_ids", "attention_mask")
MASK = "attention_mask"


def _causal(name: str) -> Case:
    first = "dropout" if name == "gpt2" else "token_embedding"
    inside = Inside("", first, "blocks.*", "norm", "blocks.*.attention", MASK)
    return Case(name, (*TEXT, "position_ids"), (inside,), "next token", MASK)


def _bert(name: str, loss: str, mask: str = "") -> Case:
    inside = Inside("", "bert.dropout", "bert.blocks.*", "", "bert.blocks.*.attention", MASK)
    return Case(name, (*TEXT, "token_type_ids", "position_ids"), (inside,), loss, mask)


def _resnet(name: str) -> Case:
    return Case(name, ("pixel_values",), (Inside("", "stem", "stages.*"),), "classes")


def _t5(name: str) -> Case:
    def stack(which: str, mask: str) -> Inside:
        blocks = f"{which}.blocks.*"
        parts = (f"{which}.", f"{which}.dropout", blocks, f"{which}.norm", f"{blocks}.attention")
        return Inside(*parts, mask)

    own = "decoder_attention_mask"
    cross = Inside("cross.", "", "", "", "decoder.blocks.*.cross", own)
    inputs = ("input_ids", "decoder_input_ids", MASK, own)
    return Case(name, inputs, (stack("encoder", MASK), stack("decoder", own), cross), "tokens", own)


CASES = {
    case.name: case
    for case in (
        _causal("gpt2"),
        _bert("bert_mlm", "tokens", MASK),
        _bert("bert_cls", "classes"),
        _bert("bert_regression", "number"),
        Case(
            "vit",
            ("pixel_values",),
            (Inside("", "encoder.dropout", "encoder.blocks.*", "", "encoder.blocks.*.attention"),),
            "classes",
        ),
        Case(
            "clip",
            ("pixel_values", *TEXT),
            (
                Inside("text.", "", "text.blocks.*", "", "text.blocks.*.attention", MASK),
                Inside(
                    "vision.",
                    "vision.norm_in",
                    "vision.blocks.*",
                    "",
                    "vision.blocks.*.attention",
                ),
            ),
            "pairs",
        ),
        *map(_resnet, ("resnet_basic", "resnet_bottleneck")),
        *map(_resnet, ("tv_resnet_basic", "tv_resnet_bottleneck")),
        *map(_causal, ("llama_gqa", "llama_tied", "mistral", "qwen2", "qwen3")),
        *map(_t5, ("t5_v1_0", "t5_v1_1")),
    )
}
