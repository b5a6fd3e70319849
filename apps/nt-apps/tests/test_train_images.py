"""Classifiers of images: what they learn, what they leave behind, and how they are used."""

import json
import shutil

import numpy as np
import pytest
from nt_apps.classify import classify
from nt_apps.errors import UserError
from nt_apps.measure import measure
from nt_apps.train.image_baselines import logistic_regression, nearest_mean
from nt_apps.train.images import ImageTask
from nt_apps.train.recipes import resolve
from nt_apps.train.reopen import load_run
from nt_apps.train.resnet import TrainResNet
from nt_apps.train.train_state import read_saved
from nt_apps.train.trainers import trainer
from nt_apps.train.vit import TrainViT
from nt_data.sources import Images, load_images
from nt_nn import count_parameters
from safetensors.numpy import load_file

SMALL = {
    "vit": ["--patch=4", "--layers=2", "--crop=0", "--steps=300", "--eval-every=100"],
    "resnet": ["--steps=240", "--eval-every=80"],
}


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """A run of each trainer on scikit-learn's digits, made when first asked for."""
    from contextlib import redirect_stdout
    from io import StringIO

    from nt_apps.cli import main

    made = {}

    def run(name):
        if name not in made:
            made[name] = tmp_path_factory.mktemp(name) / "run"
            with redirect_stdout(StringIO()):
                assert main(["train", name, "--out", str(made[name]), *SMALL[name]]) == 0
        return made[name]

    return run


def summary(run):
    return json.loads((run / "summary.json").read_text("utf-8"))


@pytest.mark.parametrize("name", ["vit", "resnet"])
def test_it_beats_the_baseline_on_test_images_that_it_never_saw(runs, name):
    told = summary(runs(name))
    test = load_images("digits", "test")
    task, model = load_run(runs(name))
    said = task.probabilities(model, test.images).argmax(1)
    assert told["figures"]["accuracy"] == (said == test.labels).mean()
    floor = told["baselines"]["nearest mean" if name == "vit" else "logistic regression"]
    assert told["figures"]["accuracy"] > floor["accuracy"]
    assert f"{len(test)} test images, once" in told["measured_on"]
    assert f"step {told['best_step']}: the largest validation accuracy" in told["measured_on"]


def test_validation_chooses_the_weights(runs):
    run = runs("resnet")
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    looks = {e["step"]: e["validation_accuracy"] for e in lines if "validation_accuracy" in e}
    best = max(looks, key=looks.get)
    assert (
        summary(run)["best_step"] == best == read_saved(run / "checkpoints/best.safetensors").step
    )


@pytest.mark.parametrize("name", ["vit", "resnet"])
def test_evaluate_gives_the_summarys_figures(runs, name):
    found = measure(runs(name))
    assert found.figures == found.told


def test_the_run_folder_shows_accuracy_confusions_and_mistakes(runs):
    for name in ("accuracy", "confusion", "mistakes", "loss", "course"):
        assert (runs("resnet") / f"{name}.png").read_bytes().startswith(b"\x89PNG"), name


def test_the_test_images_are_looked_at_once_for_the_figures_and_the_plots(
    nt, monkeypatch, tmp_path
):
    asked, real = [], ImageTask.probabilities

    def probabilities(self, model, images):
        asked.append(images is self.test.images)
        return real(self, model, images)

    monkeypatch.setattr(ImageTask, "probabilities", probabilities)
    ran = nt("train", "resnet", "--steps", 2, "--eval-every", 1, "--out", tmp_path / "run")
    assert ran.status == 0, ran.err
    assert asked == [False, False, False, True]


def test_classify_names_what_a_file_shows(runs, nt, tmp_path):
    image = pytest.importorskip("PIL.Image")
    test = load_images("digits", "test")
    files = []
    for i in range(12):
        files.append(tmp_path / f"{i}.png")
        large = np.kron(test.images[i, ..., 0], np.ones((4, 4), np.uint8))  # resized back by it
        image.fromarray(large).save(files[-1])
    ran = nt("classify", runs("resnet"), *files, "--top", 1)
    assert ran.status == 0, ran.err
    called = [line.split()[1] for line in ran.out.splitlines()]
    assert sum(a == str(b) for a, b in zip(called, test.labels, strict=False)) >= 11
    (_, named), *_ = classify(runs("resnet"), files)
    assert sum(share for _, share in named) == pytest.approx(1.0, abs=1e-5)
    assert [share for _, share in named] == sorted((s for _, s in named), reverse=True)


def test_what_is_no_image_or_no_run_of_images_is_named(runs, nt, train, tmp_path):
    pytest.importorskip("PIL.Image")
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"x" * 50)
    for arguments in ([runs("resnet"), broken], [runs("resnet"), tmp_path / "gone.png"]):
        ran = nt("classify", *arguments)
        assert ran.status == 2
        assert len(ran.err.splitlines()) == 1
        assert str(arguments[-1]) in ran.err
    with pytest.raises(UserError, match="nt train gpt2"):
        list(classify(train("--steps", 1), [broken]))
    ran = nt("generate", runs("resnet"))
    assert ran.status == 2
    assert "writes no text" in ran.err


@pytest.mark.parametrize("name", ["vit", "resnet"])
@pytest.mark.parametrize("mixing", ["--mixup=0.4", "--cutmix=1.0"])
def test_a_stopped_run_goes_on_bit_for_bit_with_all_its_randomness(
    nt, tmp_path, name, mixing, monkeypatch
):
    options = ["--steps=24", "--eval-every=12", "--batch-size=16", mixing, "--crop=1", "--flip",
               "--rand-augment=5", "--erase=0.3", "--ema=0.9", "--accumulate=2", "--prefetch=3",
               "--no-jit", "--width=8"]  # fmt: skip
    options += ["--heads=2", "--dropout=0.1"] if name == "vit" else []
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    assert nt("train", name, "--out", whole, *options).status == 0
    stop_after(monkeypatch, 7)
    assert nt("train", name, "--out", halves, *options).status == 130
    monkeypatch.undo()
    ran = nt("train", name, "--resume", halves)
    assert ran.status == 0, ran.err
    for file in ("last", "best"):
        one, other = (load_file(r / "checkpoints" / f"{file}.safetensors") for r in (whole, halves))
        assert one.keys() == other.keys()
        assert all((one[key] == other[key]).all() for key in one)
    assert summary(whole)["figures"] == summary(halves)["figures"]


def stop_after(monkeypatch, step):
    """Ask for a stop, as Ctrl-C does, once so many steps are noted."""
    import signal

    from nt_apps.train.watch import Watch

    noted = Watch.stepped

    def stepped(self, **figures):
        noted(self, **figures)
        if self._state.step == step:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Watch, "stepped", stepped)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("vit", ["--patch", 3], ["patch (3)", "8x8"]),
        ("vit", ["--heads", 5], ["heads (5)", "width (64)"]),
        ("vit", ["--data", "digitz"], ["digitz", "digits"]),
        ("vit", ["--mixup", 1, "--cutmix", 1], ["mixup (1.0)", "cutmix (1.0)"]),
        ("resnet", ["--batch-size", 10**6], ["batch_size (1000000)", "1445"]),
        ("resnet", ["--crop", -1], ["crop (-1)"]),
        ("resnet", ["--preset", "resnet50"], ["resnet50", "resnet20"]),
        ("resnet", ["--data", "mnist", "--data-dir", "nowhere"], ["nowhere"]),
    ],
)
def test_an_option_that_does_not_fit(nt, tmp_path, name, options, words):
    ran = nt("train", name, "--out", tmp_path / "run", *options)
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1
    for word in words:
        assert word in ran.err
    assert not (tmp_path / "run").exists()


@pytest.fixture
def shapes(tmp_path):
    """A folder of images of two sizes: stripes that lie, and stripes that stand, anywhere."""
    image = pytest.importorskip("PIL.Image")
    draw = np.random.default_rng(0)
    for name in ("lying", "standing"):
        (tmp_path / "shapes" / name).mkdir(parents=True)
        for i in range(120):
            side = (16, 24)[i % 2]
            rows = (np.arange(side) + draw.integers(0, 8)) % 8 < 4
            stripes = np.broadcast_to(rows[:, None, None], (side, side, 3)) * 120
            stripes = stripes if name == "lying" else stripes.swapaxes(0, 1)
            pixels = (stripes + draw.integers(0, 120, (side, side, 3))).astype(np.uint8)
            image.fromarray(pixels).save(tmp_path / "shapes" / name / f"{i}.png")
    return tmp_path / "shapes"


@pytest.mark.parametrize("name", ["vit", "resnet"])
def test_it_learns_a_folder_of_your_own_images_and_names_others(nt, shapes, tmp_path, name):
    run = tmp_path / "run"
    options = {"vit": ["--patch=4"], "resnet": []}[name]
    ran = nt("train", name, "--data", shapes, "--size", 16, "--out", run, "--steps", 60, "--crop",
             0, "--eval-every", 20, "--batch-size", 32, "--no-jit", *options)  # fmt: skip
    assert ran.status == 0, ran.err
    told = summary(run)
    assert told["figures"]["accuracy"] >= 0.9 > told["baselines"]["nearest mean"]["accuracy"]
    assert told["facts"]["data"] == "shapes"
    assert "by the hash of the image" in told["facts"]["split"]
    assert told["facts"]["images"].endswith("16x16x3")
    ran = nt("classify", run, shapes / "lying/1.png", shapes / "standing/3.png", "--top", 1)
    assert [line.split()[1] for line in ran.out.splitlines()] == ["lying", "standing"]


def test_a_folder_of_images_that_cannot_be_learned_from_is_named(nt, shapes, tmp_path):
    shutil.copytree(shapes / "lying", tmp_path / "alone" / "lying")
    for options, word in (
        (["--data", shapes], "bring them to one size"),
        (["--data", shapes, "--size", -1], "size (-1)"),
        (["--data", "digits", "--size", 16], "size (16)"),
        (["--data", shapes / "lying", "--size", 16], "beside the folders"),
        (["--data", tmp_path / "alone", "--size", 16], "at least 2 classes, a folder each; it has"),
    ):
        ran = nt("train", "vit", "--out", tmp_path / "run", *options)
        assert ran.status == 2
        assert len(ran.err.splitlines()) == 1
        assert word in ran.err, ran.err
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("task", [TrainViT, TrainResNet])
def test_with_its_mirror_image_an_image_is_answered_as_its_mirror_image(task):
    images = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1), np.uint8)
    said = {}
    for mirror in (False, True):
        made = task(resolve(task, {"mirror": mirror, "width": 8, "threads": 1}, cores=1))
        made.shape = {"size": [8, 8], "channels": 1, "classes": list("ab"), "mean": [0.4],
                      "std": [0.3]}  # fmt: skip
        model = made.model()
        for i, side in enumerate((images, images[:, :, ::-1])):
            said[mirror, i] = made.probabilities(model, side)
    assert np.abs(said[True, 0] - said[True, 1]).max() < 1e-6
    assert np.abs(said[False, 0] - said[False, 1]).max() > 1e-6
    mean = (said[False, 0] + said[False, 1]) / 2
    np.testing.assert_allclose(said[True, 0], mean, atol=1e-6)


def images_of(values, labels, classes=("dark", "bright")):
    pixels = np.array(values, np.uint8)[:, None, None, None].repeat(2, 1)
    return Images(pixels, np.array(labels), classes)


def test_the_baselines_are_what_they_say():
    train = images_of([0, 20, 100, 240], [0, 0, 1, 1])
    # The means are 10 and 170: what lies below 90 is dark.
    test = images_of([89, 91, 0, 255], [0, 0, 0, 1])
    assert nearest_mean(train, test) == 0.75
    assert logistic_regression(train, images_of([0, 255], [0, 1])) == 1.0


def test_logistic_regression_is_scikit_learns():
    # sklearn 1.9's LogisticRegression() on the same pixels names as many of the test digits.
    train, test = load_images("digits", "train"), load_images("digits", "test")
    assert logistic_regression(train, test) == pytest.approx(185 / 190, abs=1.5 / 190)


def test_a_class_without_training_images_is_never_called():
    train = images_of([10, 200], [0, 2], ("dark", "never", "bright"))
    assert nearest_mean(train, images_of([0, 255], [0, 2], train.classes)) == 1.0


@pytest.mark.parametrize(
    ("task", "parameters"), [(TrainViT, 612_000), (TrainResNet, 423_000)], ids=["vit", "resnet"]
)
def test_the_recipes_have_the_sizes_that_their_figures_are_told_for(task, parameters):
    for recipe in ("fashion-mnist", "cifar-10"):
        made = task(resolve(task, {}, recipe=recipe))
        side, channels = (28, 1) if recipe == "fashion-mnist" else (32, 3)
        made.shape = {"size": [side, side], "channels": channels, "classes": ["x"] * 10}
        assert count_parameters(made.model()) == pytest.approx(parameters, rel=0.02)


@pytest.mark.parametrize("name", ["vit", "resnet"])
def test_presets_give_sizes(name):
    preset = {"vit": "vit-mini", "resnet": "resnet-mini"}[name]
    task = trainer(name)
    assert task.preset(preset).items() <= vars(resolve(task, {}, recipe="cifar-10")).items()
