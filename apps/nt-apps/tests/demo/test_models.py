"""A page shows what a person trained or loaded, and says in one line what it cannot show."""

import json
from dataclasses import replace

import pytest
from nt_apps.demo.models import TABS, Found, at_hand, find, identify, load
from nt_apps.demo.tabs.shelf import Shelf, labels
from nt_apps.errors import UserError
from nt_models import GPT2, T5, BERTConfig, BERTForMaskedLM, GPT2Config, T5Config, save_pretrained


def test_runs_lie_where_trainers_leave_them_and_what_is_none_is_passed_over(run_of, tmp_path):
    runs = run_of("gpt2").parent
    run_of("vit")
    (runs / "notes").mkdir(exist_ok=True)
    (runs / "list.txt").write_text("gpt2")
    found = {each.folder.name: each.tab for each in find([], runs)}
    assert found["gpt2"] == "text"
    assert found["vit"] == "images"
    assert not found.keys() & {"notes", "list.txt"}
    assert find([], tmp_path / "nothing") == []


def test_what_is_named_is_all_that_is_shown(run_of):
    run = run_of("gpt2")
    assert find([run], run.parent) == [Found(run, "text", "gpt2", named=True)]


@pytest.mark.parametrize("name", ["gpt2", "modern", "vit", "resnet", "bert", "clip"])
def test_each_trainer_has_its_tab(run_of, name):
    found = identify(run_of(name))
    assert (found.kind, found.published) == (name, False)
    assert name in TABS[found.tab].trainers


def test_a_folder_that_is_no_run_is_one_clear_line(nt, tmp_path, monkeypatch):
    monkeypatch.setattr("nt_apps.demo.page.check_extra", lambda: None)
    ran = nt("demo", "--run", tmp_path, "--no-browser")
    assert ran.status == 2
    assert ran.err == f"nt: error: {tmp_path} holds no run: there is no {last()} in it\n"


def last():
    from pathlib import Path

    return Path("checkpoints") / "last.safetensors"


def test_a_damaged_run_is_passed_over_unless_it_was_named(run_of, tmp_path):
    good = run_of("gpt2")
    runs = tmp_path / "runs"
    for name in ("broken", "whole"):
        (runs / name / "checkpoints").mkdir(parents=True)
        content = (good / "checkpoints" / "last.safetensors").read_bytes()
        cut = content[:5000] if name == "broken" else content
        (runs / name / "checkpoints" / "last.safetensors").write_bytes(cut)
    assert [each.folder.name for each in find([], runs)] == ["whole"]
    with pytest.raises(UserError, match=r"last\.safetensors"):
        find([runs / "broken"])


def test_published_folders_are_shown_as_what_they_are(tmp_path):
    sizes = {"vocab_size": 65, "context": 8, "layers": 2, "heads": 2, "width": 16}
    save_pretrained(GPT2(GPT2Config(**sizes, bias=True)), tmp_path / "small")
    found = identify(tmp_path / "small")
    assert found == Found(tmp_path / "small", "text", "GPT2LMHeadModel", published=True)
    task, model = load(found)
    assert task is None
    assert not model.training
    save_pretrained(BERTForMaskedLM(BERTConfig(**sizes)), tmp_path / "bert")
    assert identify(tmp_path / "bert").tab == "masks"


def test_a_published_model_without_a_tab_is_named(tmp_path):
    sizes = {"vocab_size": 65, "width": 16, "heads": 2, "head_dim": 8, "hidden": 16}
    save_pretrained(T5(T5Config(**sizes, encoder_layers=1, decoder_layers=1)), tmp_path / "t5")
    with pytest.raises(UserError, match="holds T5ForConditionalGeneration, which nt demo does not"):
        identify(tmp_path / "t5")


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"architectures": ["Nothing"]}'])
def test_a_config_of_something_else_is_refused(tmp_path, content):
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(UserError, match=r"config\.json cannot be read|nt demo does not show"):
        identify(tmp_path)


def test_weights_that_do_not_fit_their_config_are_refused(tmp_path):
    save_pretrained(GPT2(GPT2Config.preset("nano", vocab_size=65, bias=True)), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "n_layer": 99}))
    with pytest.raises(UserError, match="does not hold"):
        load(identify(tmp_path))


def test_models_of_one_name_are_told_apart_and_each_is_loaded_once(tmp_path):
    found = [Found(tmp_path / side / "run", "text", "gpt2") for side in "ab"]
    assert len({*labels(found)}) == 2
    opened = []
    shelf = Shelf(found, lambda each: opened.append(each) or len(opened))
    assert shelf.first == shelf.first == 1
    assert shelf.get(labels(found)[1]) == 2
    assert opened == found


def test_what_cannot_be_opened_is_left_out_unless_it_was_named(tmp_path):
    def open_one(found):
        if found.folder.name == "bad":
            raise UserError("it is bad")
        return found.folder.name

    bad, good = (Found(tmp_path / name, "text", "gpt2") for name in ("bad", "good"))
    shelf = Shelf([bad, good], open_one)
    assert shelf.first == "good"
    assert [*shelf.models] == ["good (gpt2)"]
    for models in ([bad], [replace(bad, named=True), good]):
        with pytest.raises(UserError, match="it is bad"):
            _ = Shelf(models, open_one).first


@pytest.mark.parametrize("data", ["digits", "glyphs"])
def test_what_comes_with_a_library_is_at_hand(data):
    assert at_hand(data, None)


def test_what_would_be_downloaded_is_not_at_hand(tmp_path, monkeypatch):
    monkeypatch.setattr("nt_data.sources.Source.where", lambda self, **places: None)
    assert not at_hand("mnist", str(tmp_path))
    assert at_hand(str(tmp_path), None)
    assert not at_hand(str(tmp_path / "nothing"), None)
