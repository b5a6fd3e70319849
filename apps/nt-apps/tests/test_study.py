"""A scaling study: the fit on laws that are known, trainings that go on, and refusals."""

import json
import math
import shutil

import numpy as np
import pytest
from nt_apps.errors import UserError
from nt_apps.study import Laws, Point, ScalingSettings, fit_law, intervals, read_settings
from nt_apps.study._runs import _config
from nt_apps.train.gpt2 import TrainGPT2

GRID = [(n, d) for n in (1e3, 1e4, 1e5, 1e6) for d in (1e5, 1e6, 1e7, 1e8)]


def hoffmann(n, d):
    """The law that Hoffmann et al. (2022), appendix D.3, found."""
    return 1.69 + 406.4 / n**0.34 + 410.7 / d**0.28


def test_a_known_law_is_found_again():
    law = fit_law(GRID, [hoffmann(n, d) for n, d in GRID])
    assert law.floor == pytest.approx(1.69, rel=1e-2)
    assert law.factors == pytest.approx((406.4, 410.7), rel=2e-2)
    assert law.powers == pytest.approx((0.34, 0.28), rel=1e-2)
    assert law.objective < 1e-9


def test_noise_moves_it_little_and_one_wild_point_no_more():
    draw = np.random.default_rng(0)
    losses = [hoffmann(n, d) * math.exp(draw.normal() * 2e-3) for n, d in GRID]
    calm = fit_law(GRID, losses)
    wild = fit_law(GRID, [*losses[:-1], losses[-1] * 3.0])  # a training that diverged
    assert calm.powers == pytest.approx((0.34, 0.28), rel=0.1)
    assert wild(1e5, 1e7) == pytest.approx(hoffmann(1e5, 1e7), rel=0.02)
    residuals = wild.residuals(GRID, [*losses[:-1], losses[-1] * 3.0])
    assert residuals[-1] == pytest.approx(math.log(3.0), abs=0.1)
    assert max(map(abs, residuals[:-1])) < 0.05


def test_it_ends_where_scipy_does():
    optimize = pytest.importorskip("scipy.optimize")
    draw = np.random.default_rng(1)
    losses = np.array([hoffmann(n, d) * math.exp(draw.normal() * 5e-3) for n, d in GRID])
    n, d = np.array(GRID).T

    def objective(x):
        e, a, alpha, b, beta = x
        law = np.exp(e) + np.exp(a - alpha * np.log(n)) + np.exp(b - beta * np.log(d))
        off = np.abs(np.log(law) - np.log(losses))
        return np.where(off <= 1e-3, off**2 / 2, 1e-3 * (off - 5e-4)).sum()

    start = np.log([1.69, 406.4, math.e**0.34, 410.7, math.e**0.28])
    theirs = optimize.minimize(objective, start, method="Nelder-Mead", options={
        "maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-10, "fatol": 1e-16,
    })  # fmt: skip
    ours = fit_law(GRID, losses)
    assert ours.objective <= theirs.fun * 1.001


def test_the_costliest_model_is_predicted_by_the_others_alone():
    points = [Point(1, 8, int(n), int(d), hoffmann(n, d), 1.0) for n, d in GRID]
    laws = Laws.of(points)
    assert laws.points[-1].flops == max(p.flops for p in points)
    assert laws.predicted == pytest.approx(laws.points[-1].loss, rel=1e-3)
    assert laws.exponent == pytest.approx(0.28 / 0.62, rel=0.02)
    worse = [*laws.points[:-1], Point(1, 8, 10**6, 10**8, 9.0, 1.0)]
    assert Laws.of(worse).predicted == pytest.approx(laws.predicted, rel=1e-6)


def test_intervals_hold_the_true_power_as_often_as_they_say():
    sizes = [(10.0**k,) for k in np.linspace(1, 5, 12)]

    def holds(seed):
        draw = np.random.default_rng(seed)
        losses = [(2 + 9 / n**0.5) * math.exp(draw.normal() * 0.01) for (n,) in sizes]
        law = fit_law(sizes, losses)
        found = intervals(sizes, losses, law, lambda law: {"p": law.powers[0]}, draws=12)
        low, high = found["p"]
        assert 0.01 < high - low < 0.5
        return low < 0.5 < high

    assert sum(holds(seed) for seed in range(10)) >= 5  # eight, but for chance
    assert intervals(sizes[:9], [2.0] * 9, None, None) is None


def test_too_few_points_or_none_that_fit_are_refused():
    with pytest.raises(UserError, match="5 models or more, not 4"):
        Laws.of([Point(1, 8, 10**i, 10**i, 2.0, 1.0) for i in range(1, 5)])
    with pytest.raises(ValueError, match="4 points are too few: the law has 5 numbers"):
        fit_law(GRID[:4], [2.0] * 4)
    with pytest.raises(ValueError, match="must be positive"):
        fit_law(GRID, [-1.0] * 16)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"sizes": "2"}, "sizes ('2') must be layers x width, such as 2x32,4x64"),
        ({"sizes": "2x30"}, "widths are multiples of 8"),
        ({"tokens": "many"}, "tokens ('many') must be numbers"),
        ({"tokens": "1000"}, "must be at least ten batches: 10240"),
        ({"sizes": "1x16,2x16", "tokens": "20480,40960"}, "make 4 models: a law of both needs 5"),
        ({"size": "2x32"}, "unknown setting 'size'"),
        ({"seed": "x"}, "seed ('x') must be of type int"),
        ({"lr": -1.0}, "lr (-1.0) must be above 0"),
    ],
)
def test_settings_that_do_not_fit_are_named(given, says):
    with pytest.raises(UserError) as refused:
        read_settings(given)
    assert says in str(refused.value)


def test_parameters_are_those_of_the_model_without_its_embeddings():
    for layers, width in ((1, 8), (2, 24)):
        made = TrainGPT2(_config(ScalingSettings(), layers, width, 131_072))
        made.shape = {"vocab_size": 256}
        named = made.model().named_parameters()
        inside = sum(p.numel() for name, p in named if "embedding" not in name)
        assert inside == 12 * layers * width**2 + 13 * layers * width + 2 * width


def test_a_study_trains_each_model_once_goes_on_and_leaves_its_law(nt, text, tmp_path):
    out = tmp_path / "study"
    options = ["--sizes", "1x8,1x16,2x16", "--tokens", "2560,7680", "--context", 16,
               "--eval-batches", 4, "--data", text, "--out", out]  # fmt: skip
    ran = nt("study", "scaling", *options)
    assert ran.status == 0, ran.err
    told = json.loads((out / "scaling.json").read_text("utf-8"))
    assert len(told["points"]) == 6
    assert (out / "scaling.png").read_bytes()[1:4] == b"PNG"
    losses = {(p["parameters"], p["tokens"]): p["loss"] for p in told["points"]}
    largest = max(n for n, _ in losses)
    assert losses[largest, 7680] < losses[largest, 2560] < math.log(256)

    # Without one of its models it trains that one again, and no other.
    kept = out / "1x8-2560" / "summary.json"
    before = kept.stat().st_mtime_ns
    (out / "2x16-7680" / "summary.json").unlink()
    (out / "scaling.json").unlink()
    again = nt("study", "scaling", *options)
    assert again.status == 0, again.err
    assert kept.stat().st_mtime_ns == before
    anew = json.loads((out / "scaling.json").read_text("utf-8"))
    assert {(p["parameters"], p["tokens"]): p["loss"] for p in anew["points"]} == losses

    other = nt("study", "scaling", *options, "--seed", 7)
    assert other.status == 2
    assert "holds a study with other settings" in other.err
    copied = nt("study", "scaling", "--config", out / "scaling.toml", "--out", out)
    assert copied.status == 0, copied.err


def test_models_of_a_text_that_has_changed_meanwhile_are_not_mixed(nt, text, tmp_path):
    mine, out = tmp_path / "mine.txt", tmp_path / "study"
    mine.write_text(text.read_text("utf-8"), "utf-8")
    options = ["--sizes", "1x8", "--tokens", "1280,2560,5120,7680,10240", "--context", 16,
               "--batch-size", 8, "--eval-batches", 1, "--data", mine, "--out", out]  # fmt: skip
    assert nt("study", "scaling", *options).status == 0
    mine.write_text(text.read_text("utf-8").replace("matrix", "mmtrix"), "utf-8")
    shutil.rmtree(out / "1x8-5120")
    mixed = nt("study", "scaling", *options)
    assert mixed.status == 2
    assert "was trained on other data than the models before it" in mixed.err


def test_a_folder_with_something_else_in_it_is_left_alone(nt, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    ran = nt("study", "scaling", "--out", tmp_path)
    assert ran.status == 2
    assert "is not empty, and holds no study" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    ran = nt("study", "scaling", "--out", tmp_path / "letter.txt")
    assert ran.status == 2
    assert "is a file, not a folder" in ran.err
    assert (tmp_path / "letter.txt").read_text() == "mine"
