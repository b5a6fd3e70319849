"""Every option of a published config is read, or known to change nothing, or refused by name."""

import pytest
from nt_models.weights import ARCHITECTURES, Table, read_options
from nt_models.weights._architecture import Architecture


def test_options_come_under_our_names_with_defaults_where_they_are_absent():
    found = read_options(
        {"n_embd": 8, "use_cache": True, "architectures": ["X"], "is_decoder": False, "note": 1},
        {"n_embd": "width", "eps": "eps"},
        defaults={"eps": 1e-5},
        only={"act": ["gelu"]},
        unused={"note"},
    )
    assert found == {"width": 8, "eps": 1e-5}


def test_all_that_is_not_supported_is_said_at_once():
    with pytest.raises(ValueError, match=r"^missing") as refused:
        read_options(
            {"act": "relu", "moe": 4, "quantization_config": {"bits": 4}, "pruned_heads": {}},
            {"n_embd": "width", "n_head": "heads"},
            only={"act": ["gelu", "gelu_new"]},
        )
    assert str(refused.value) == (
        "missing: n_embd, n_head; "
        "not supported: quantization_config {'bits': 4} (only None), "
        "act 'relu' (only 'gelu' or 'gelu_new'); "
        "unknown: moe (4)"
    )


def test_one_is_not_true():
    with pytest.raises(ValueError, match=r"tie 1 \(only True\)"):
        read_options({"tie": 1}, {}, only={"tie": [True]})


def test_every_architecture_has_a_name_of_its_own():
    names = [name for each in ARCHITECTURES for name in each.names]
    assert len(names) == len(set(names))
    assert all(each.model_type and isinstance(each.model, type) for each in ARCHITECTURES)


def test_a_table_may_depend_on_the_config():
    def table(config):
        return Table(("h", f"blocks.{config}"))

    chosen = Architecture(("X",), "x", object, dict, dict, table)
    assert chosen.table_for(3).names("blocks.3.weight") == ("h.weight",)
