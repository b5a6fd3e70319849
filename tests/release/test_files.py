"""What a wheel and an sdist hold: all that they must, and nothing besides."""

import pytest

from tools.release import built, contents
from tools.workspace import Member

from .repository import Packer


def test_what_is_well_is_not_complained_of(two: Member, pack: Packer) -> None:
    wheel, sdist = pack(two)
    assert contents.problems(two, wheel, sdist, contents.tracked(two.folder)) == []


@pytest.mark.parametrize(
    "stray",
    ["src/nt_two/notes.txt", "src/nt_two/__pycache__/images.cpython-311.pyc", "src/stray.py"],
)
def test_a_file_that_git_does_not_know_is_refused(two: Member, pack: Packer, stray: str) -> None:
    known = contents.tracked(two.folder)
    (two.folder / stray).parent.mkdir(exist_ok=True)
    (two.folder / stray).write_text("left behind")
    wheel, sdist = pack(two)
    found = contents.problems(two, wheel, sdist, known)
    assert f"{wheel.name}: {stray.removeprefix('src/')} is a stray file" in found
    assert f"{sdist.name}: nt_two-0.3.0/{stray} is a stray file" in found


@pytest.mark.parametrize("name", ["tests/test_it.py", "weights.safetensors"])
def test_tests_and_data_stay_outside_of_a_wheel(two: Member, pack: Packer, name: str) -> None:
    path = two.source / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    known = contents.tracked(two.folder) | {f"src/nt_two/{name}"}  # as if someone committed it
    wheel, sdist = pack(two)
    assert contents.problems(two, wheel, sdist, known) == [
        f"{wheel.name}: nt_two/{name} is no code: tests, caches and data stay outside of a wheel"
    ]


@pytest.mark.parametrize("lost", ["nt_two/py.typed", "nt_two/images.py"])
def test_what_a_build_leaves_out_is_missed(two: Member, pack: Packer, lost: str) -> None:
    path = two.folder / "src" / lost
    text = path.read_text()
    path.unlink()
    wheel, sdist = pack(two)
    path.write_text(text)
    assert contents.problems(two, wheel, sdist, contents.tracked(two.folder)) == [
        f"{wheel.name}: {lost} is missing",
        f"{sdist.name}: nt_two-0.3.0/src/{lost} is missing",
    ]


def test_files_that_are_no_modules_belong_into_the_wheel_too(two: Member, pack: Packer) -> None:
    known = contents.tracked(two.folder) | {"src/nt_two/style.css"}
    wheel, sdist = pack(two)
    assert contents.problems(two, wheel, sdist, known) == [
        f"{wheel.name}: nt_two/style.css is missing"
    ]


def test_a_wheel_that_is_too_big_is_refused(two: Member, pack: Packer) -> None:
    big = "x" * (contents.LIMITS[".whl"] + 1)
    (two.source / "images.py").write_text(f"x = '{big}'\n")
    wheel, sdist = pack(two)  # the wheel of the tests is not compressed
    (complaint,) = contents.problems(two, wheel, sdist, contents.tracked(two.folder))
    assert complaint == (
        f"{wheel.name} takes {wheel.stat().st_size:,} bytes, more than {contents.LIMITS['.whl']:,}"
    )


class TestMetadata:
    """As an index reads it, which needs the libraries of the dependency group `release`."""

    @pytest.fixture(autouse=True)
    def libraries(self) -> None:
        pytest.importorskip("twine", reason="uv run --group release brings it")

    def test_what_is_well_is_not_complained_of(self, two: Member, pack: Packer) -> None:
        assert [built.problems(two, file) for file in pack(two)] == [[], []]

    def test_metadata_that_was_built_of_something_else(self, two: Member, pack: Packer) -> None:
        wheel, _ = pack(two)
        manifest = two.folder / "pyproject.toml"
        text = manifest.read_text().replace('">=3.11"', '">=3.12"').replace(">=0.3,<0.4", ">=0.3")
        manifest.write_text(text)
        assert built.problems(Member(two.folder), wheel) == [
            f"{wheel.name} has requires-python '>=3.11', pyproject.toml has '>=3.12'",
            f"{wheel.name} has requirements ['nt-one<0.4,>=0.3'], pyproject.toml has "
            "['nt-one>=0.3']",
        ]

    def test_metadata_that_an_index_refuses(self, two: Member, pack: Packer) -> None:
        manifest = two.folder / "pyproject.toml"
        manifest.write_text(manifest.read_text().replace('"MIT"', '"Free for all"'))
        wheel, _ = pack(Member(two.folder))
        (complaint,) = built.problems(Member(two.folder), wheel)
        assert complaint.startswith(f"{wheel.name}: ")
        assert "license" in complaint

    def test_a_wheel_without_a_readme(self, two: Member, pack: Packer) -> None:
        (two.folder / "README.md").write_text("")
        wheel, _ = pack(two)
        complaint = f"{wheel.name}: twine check --strict: `long_description` missing."
        assert complaint in built.problems(two, wheel)

    def test_a_readme_that_is_shown_otherwise_than_meant(self, two: Member, pack: Packer) -> None:
        readme = two.folder / "README.md"
        readme.write_text(readme.read_text() + "\n| one | two |\n|---|\n| 1 | 2 |\n")
        wheel, _ = pack(two)
        assert built.problems(two, wheel) == [
            f"{wheel.name}: its readme has 2 tables, rendered it has 1"
        ]
