"""What the image tab shows is what the model says, and where in the image it comes from."""

import numpy as np
import pytest
from nt_apps.classify import classify
from nt_apps.demo.html import address
from nt_apps.demo.images import Attention, Classifier, Evidence, centred
from nt_apps.demo.models import identify
from nt_apps.demo.overlay import attention_panel, evidence_panel, laid_over
from nt_apps.demo.tabs.images import ink_of, look, offered, sample
from nt_apps.errors import UserError
from nt_models import ResNet, ResNetConfig, ViT, ViTConfig, save_pretrained
from nt_tensor import Generator
from PIL import Image


@pytest.fixture(params=["vit", "resnet"])
def classifier(request, run_of):
    return Classifier.open(identify(run_of(request.param)))


def test_it_says_what_nt_classify_says(run_of, tmp_path):
    run = run_of("resnet")
    classifier = Classifier.open(identify(run))
    image = classifier.samples.images[3]
    Image.fromarray(image[..., 0]).save(tmp_path / "image.png")
    ((_, named),) = classify(run, [tmp_path / "image.png"])
    rows = classifier.rows(classifier.fitted(image), most=99)
    assert [name for name, *_ in rows] == [name for name, _ in named]
    assert [share for _, share, _ in rows] == pytest.approx([share for _, share in named], abs=1e-6)


def test_probabilities_sum_to_one_and_rows_hold_all_of_them(classifier):
    image = classifier.samples.images[0]
    assert classifier.probabilities(image).sum() == pytest.approx(1)
    for most in (1, 3, 10):
        assert sum(share for _, share, _ in classifier.rows(image, most)) == pytest.approx(1)


def test_a_mirrored_answer_is_the_same_for_the_mirror_image(classifier):
    classifier.mirror = True
    image = classifier.samples.images[5]
    there = classifier.probabilities(np.ascontiguousarray(image[:, ::-1]))
    assert classifier.probabilities(image) == pytest.approx(there, abs=1e-6)


def test_the_evidence_of_all_places_is_in_the_mean_the_logit(run_of):
    classifier = Classifier.open(identify(run_of("resnet")))
    for image in classifier.samples.images[:4]:
        seen = classifier.inside(image)
        assert isinstance(seen, Evidence)
        assert seen.maps.mean((1, 2)) == pytest.approx(classifier.logits(image), abs=1e-4)


def test_the_attention_over_all_patches_is_all_there_is(run_of):
    classifier = Classifier.open(identify(run_of("vit")))
    seen = classifier.inside(classifier.samples.images[0])
    assert isinstance(seen, Attention)
    assert seen.heads.shape == (2, 2, 4, 4)
    assert seen.heads.sum((2, 3)) == pytest.approx(1, abs=1e-5)
    assert seen.rollout.sum() == pytest.approx(1, abs=1e-5)


def test_a_class_token_keeps_some_attention_for_itself():
    sizes = ViTConfig(image_size=8, patch_size=4, channels=1, classes=3, layers=2, heads=2,
                      width=16, pooling="class")  # fmt: skip
    model = ViT(sizes, generator=Generator(0)).eval()
    classifier = Classifier(model, (8, 8), ("a", "b", "c"), (0.5,), (0.5,))
    seen = classifier.inside(np.zeros((8, 8, 1), np.uint8))
    assert seen.heads.shape == (2, 2, 2, 2)
    assert (seen.heads.sum((2, 3)) < 1).all()
    assert seen.rollout.sum() < 1


def test_only_a_patch_that_changes_changes_what_it_holds(classifier):
    image = classifier.samples.images[0]
    large = laid_over(image, np.zeros((2, 2), np.float32), most=1.0, signed=True)
    assert (large[:: len(large) // 8, :: len(large) // 8] == image).all()


ink = np.zeros((280, 280), np.uint8)
ink[60:180, 100:110] = 255
ink[60:70, 100:160] = 255


@pytest.mark.parametrize("data", ["digits", "mnist", "fashion-mnist", ""])
def test_where_and_how_large_something_is_drawn_does_not_matter_where_data_is_centred(data):
    model = ResNet(ResNetConfig(depths=(1,), widths=(4,), block="basic", stem="cifar", channels=1,
                                stem_width=4, classes=2)).eval()  # fmt: skip
    classifier = Classifier(model, (28, 28), ("a", "b"), (0.5,), (0.5,), data=data)
    moved = np.roll(ink, (50, -60), (0, 1))
    larger = np.zeros_like(ink)
    larger[20:260, 60:180] = np.repeat(np.repeat(ink[60:180, 100:160], 2, 0), 2, 1)
    same = [np.abs(classifier.drawn(each).astype(int) - classifier.drawn(ink)).max()
            for each in (moved, larger)]  # fmt: skip
    if data in ("digits", "mnist"):
        assert same[0] == 0
        assert same[1] < 40  # a thin edge falls a little otherwise
    else:
        assert min(same) > 150


def test_an_empty_board_stays_empty():
    assert not centred(np.zeros((10, 10), np.uint8), 28, 20).any()


def test_a_single_point_is_no_division_by_zero():
    one = np.zeros((50, 50), np.uint8)
    one[49, 0] = 255
    assert centred(one, 28, 20).sum() == 255


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (8, 8, 3), (8, 8, 4), (30, 21, 3), (1, 1)])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_image_is_brought_to_the_model_s_size_and_colours(shape, channels):
    model = ResNet(ResNetConfig(depths=(1,), widths=(4,), block="basic", stem="cifar",
                                stem_width=4, channels=channels, classes=2)).eval()  # fmt: skip
    fill = (0.5,) * channels
    classifier = Classifier(model, (8, 8), ("a", "b"), fill, fill)
    fitted = classifier.fitted(np.full(shape, 200, np.uint8))
    assert fitted.shape == (8, 8, channels)
    assert (fitted == 200).all()
    assert classifier.probabilities(fitted).sum() == pytest.approx(1)


def test_what_is_drawn_is_read_pixel_by_pixel():
    assert (ink_of(address(ink)) == ink).all()


@pytest.mark.parametrize(
    "text",
    ["", "hello", "data:image/png;base64,", "data:image/png;base64,AAAA", "data:image/gif;base64,",
     "data:image/png;base64,***", address(ink)[:200], address(ink).replace("png", "svg+xml")],
)  # fmt: skip
def test_what_is_no_drawing_is_refused(text):
    with pytest.raises(UserError, match="the drawing could not be read"):
        ink_of(text)


def test_the_tab_begins_with_a_test_image_and_says_what_it_is(classifier):
    first, grid = offered(classifier)
    assert grid.count("data-pick") == 24
    seen, said, small, large = look(classifier, first, "")
    assert f"It is: {classifier.samples.classes[classifier.samples.labels[0]]}." in seen
    assert said.count("data-share") == 10
    assert "data-pick" in small
    assert "<img" in large


def test_a_number_of_no_test_image_is_none(classifier):
    for picked in ("", "-1", "x", "999999"):
        assert sample(classifier, picked) is None
    assert "Draw a digit" in look(classifier, None, "")[1]


def test_data_that_is_not_here_is_not_fetched(run_of):
    opened = Classifier.open(identify(run_of("vit")))
    without = Classifier(opened.model, opened.size, opened.classes, (0.5,), (0.5,), data="mnist")
    first, told = offered(without)
    assert first is None
    assert "The images of mnist are not on this machine" in told


def test_the_picked_class_is_enlarged_and_the_likeliest_if_none_is():
    maps = np.zeros((4, 2, 2), np.float32)
    maps[2] = 3.0
    image = np.zeros((4, 4, 1), np.uint8)
    names = ("a", "b", "c", "d")
    small, large = evidence_panel(image, Evidence(maps), names, "")
    assert 'data-pick="2" aria-pressed="true"' in small
    assert "Evidence for c: in the mean 3" in large
    assert "Evidence for b" in evidence_panel(image, Evidence(maps), names, "1")[1]
    assert "Evidence for c" in evidence_panel(image, Evidence(maps), names, "99")[1]


def test_the_picked_head_is_enlarged_beside_the_rollout():
    seen = Attention(np.ones((1, 2, 2, 2), np.float32), np.ones((2, 2), np.float32))
    small, large = attention_panel(np.zeros((4, 4, 1), np.uint8), seen, "0.1")
    assert 'data-pick="0.1" aria-pressed="true"' in small
    assert "Layer 0, head 1" in large
    assert "rollout" in large


def test_published_weights_name_their_classes(tmp_path):
    sizes = ViTConfig(image_size=8, patch_size=4, channels=3, classes=2, layers=1, heads=2,
                      width=16, pooling="class")  # fmt: skip
    save_pretrained(ViT(sizes), tmp_path, options={"id2label": {"0": "cat", "1": "dog"}})
    classifier = Classifier.open(identify(tmp_path))
    assert (classifier.classes, classifier.size, classifier.samples) == (
        ("cat", "dog"),
        (8, 8),
        None,
    )
    assert classifier.rows(np.zeros((8, 8, 3), np.uint8))[0][0] in ("cat", "dog")


def test_a_model_without_a_head_classifies_nothing():
    model = ResNet(ResNetConfig(depths=(1,), widths=(4,), block="basic", stem="cifar",
                                stem_width=4, classes=None))  # fmt: skip
    with pytest.raises(UserError, match="with a head"):
        Classifier(model, (8, 8), (), (0.5,) * 3, (0.5,) * 3)
