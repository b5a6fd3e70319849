"""Table: the published names of a model's weights, line by line beside ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from nt_tensor import Array, namespace

__all__ = [
    "COPIED",
    "IGNORED",
    "LEADING_ONE",
    "REPEATED",
    "TRANSPOSED",
    "How",
    "Part",
    "Table",
    "stacked",
]

Shape: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class How:
    """How a published array differs from ours.

    Attributes:
        read: from the published array to ours.
        write: the way back.
        shape: from our shape to the published one.

    Example:
        >>> from nt_tensor import zeros
        >>> plus_one = How(lambda a: a + 1, lambda a: a - 1, lambda shape: shape)
        >>> Table(("n", "norm", plus_one)).to_ours({"n.weight": zeros(2)})["norm.weight"].tolist()
        [1.0, 1.0]
    """

    read: Callable[[Array], Array]
    write: Callable[[Array], Array]
    shape: Callable[[Shape], Shape]


def _turned(array: Array) -> Array:
    return namespace(array).matrix_transpose(array) if array.ndim > 1 else array


def _same(what: Any) -> Any:
    return what


SAME = How(_same, _same, _same)
TRANSPOSED = How(_turned, _turned, lambda s: (*s[:-2], *s[:-3:-1]))  # matrices alone, no bias
LEADING_ONE = How(lambda a: a[0], lambda a: a[None], lambda s: (1, *s))  # published as (1, …)
REPEATED = How(
    _same, _same, _same
)  # read where the first line's is absent, else equal; not written
COPIED = How(_same, _same, _same)  # read where the first line's is absent; and written
HELD = "weight|bias|running_mean|running_var|num_batches_tracked"  # by a layer that a line names
IGNORED = "(ignored)"  # in our name's place: neither read nor written


@dataclass(frozen=True)
class stacked:  # noqa: N801 - reads as a function in a table's line
    """Published arrays whose rows, in this order, are one array of ours.

    Args:
        names: the published names.
        sizes: how the rows divide: the rows of each, or numbers in that proportion; None for equal
            parts.

    Example:
        >>> Table((stacked("q", "k", "v", sizes=(2, 1, 1)), "qkv")).names("qkv.weight")
        ('q.weight', 'k.weight', 'v.weight')
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]

    def __init__(self, *names: str, sizes: tuple[int, ...] | None = None) -> None:
        if sizes is not None and (len(sizes) != len(names) or min(sizes) < 1):
            raise ValueError(f"sizes {sizes} must be one positive number for each of {names}")
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "sizes", sizes or (1,) * len(names))


@dataclass(frozen=True)
class Part:
    """What one array of ours is made of.

    Attributes:
        names: the published names under which it is read and written, as the file spells them.
        how: what each differs by.
        sizes: how our rows divide between several names.
        repeats: names under which the file holds the same array once more.

    Example:
        >>> table = Table(("m.fc", "up", TRANSPOSED), prefix="m.")
        >>> part = table.match({"fc.weight": (2, 3)})["up.weight"]
        >>> part.names, part.shapes((3, 2))
        (('fc.weight',), [(2, 3)])
    """

    names: tuple[str, ...]
    how: How
    sizes: tuple[int, ...] = (1,)
    repeats: tuple[str, ...] = ()

    def shapes(self, ours: Shape) -> list[Shape]:
        """The published shapes, given ours."""
        return [
            self.how.shape((rows, *ours[1:]) if len(self.names) > 1 else ours)
            for rows in self._rows(ours)
        ]

    def read(self, get: Callable[[str], Array]) -> Array:
        """Our array, with `get` for the published ones."""
        arrays = [self.how.read(get(name)) for name in self.names]
        return arrays[0] if len(arrays) == 1 else namespace(arrays[0]).concat(arrays, axis=0)

    def write(self, array: Array) -> dict[str, Array]:
        """The published arrays of ours."""
        if len(self.names) == 1:
            return {self.names[0]: self.how.write(array)}
        written, start = {}, 0
        for name, rows in zip(self.names, self._rows(array.shape), strict=True):
            written[name] = self.how.write(array[start : start + rows])
            start += rows
        return written

    def _rows(self, ours: Shape) -> list[int]:
        if len(self.names) == 1:
            return [ours[0] if ours else 1]
        share, rest = divmod(ours[0], sum(self.sizes))
        if rest:
            raise ValueError(
                f"{ours[0]} rows do not divide as {self.sizes} between {', '.join(self.names)}"
            )
        return [share * size for size in self.sizes]


def _again(how: How) -> bool:
    """Whether a line is of what stands elsewhere too; all three of SAME are equal, not one."""
    return how is REPEATED or how is COPIED


Line: TypeAlias = "tuple[str | stacked, str] | tuple[str | stacked, str, How]"


class _Pattern:
    """A name with `*` for numbers, of a tensor or of the layer that holds it."""

    def __init__(self, text: str) -> None:
        self.text = text
        numbered = r"(\d+)".join(map(re.escape, text.split("*")))
        self._regex = re.compile(rf"{numbered}(\.(?:{HELD}))?")

    def match(self, name: str) -> tuple[tuple[str, ...], str] | None:
        """The numbers, and what is left of the name (".weight"), if it fits."""
        if (found := self._regex.fullmatch(name)) is None:
            return None
        *numbers, rest = found.groups()
        return tuple(numbers), rest or ""

    def fill(self, numbers: tuple[str, ...], rest: str) -> str:
        """The name with these numbers."""
        given = iter(numbers)
        return re.sub(r"\*", lambda _: next(given), self.text) + rest


class Table:
    """The published names of a model's weights beside ours.

    A line is `(published, ours)` or `(published, ours, how)`. Both are names of tensors, or of
    layers: `("ln_f", "norm")` stands for `ln_f.weight` and `norm.weight` and whatever else the
    layer holds. A `*` stands for a number, the same in both names. `how` is `TRANSPOSED` for
    matrices that are stored (in, out), `LEADING_ONE` for an array published as (1, …), `REPEATED`
    for what files may hold once more (a tied head), `COPIED` for what is written twice as well, or
    a `How` of one's own. `stacked(q, k, v)` in
    the published place makes one array of several; `IGNORED` in ours leaves one out.

    Args:
        lines: the names; the first line that fits counts.
        prefix: with which published names begin, or may begin: older files lack it.
        older: endings of names as older files spell them, and as the lines do.

    Raises:
        ValueError: a line's names have different numbers of `*`.

    Example:
        >>> from nt_tensor import zeros
        >>> table = Table(
        ...     ("h.*.mlp.c_fc", "blocks.*.up", TRANSPOSED),
        ...     ("ln_f", "norm"),
        ...     ("h.*.attn.bias", IGNORED),
        ... )
        >>> state = table.to_ours({"h.0.mlp.c_fc.weight": zeros((8, 32)), "ln_f.bias": zeros(8)})
        >>> {name: array.shape for name, array in state.items()}
        {'blocks.0.up.weight': (32, 8), 'norm.bias': (8,)}
        >>> list(table.to_published(state))
        ['h.0.mlp.c_fc.weight', 'ln_f.bias']
    """

    def __init__(
        self, *lines: Line, prefix: str = "", older: Mapping[str, str] | None = None
    ) -> None:
        self.prefix = prefix
        self.older = dict(older or {})
        self._lines: list[tuple[tuple[_Pattern, ...], _Pattern, How, tuple[int, ...]]] = []
        for published, ours, *how in lines:
            made_of = published if isinstance(published, stacked) else stacked(published)
            for name in made_of.names:
                if ours != IGNORED and name.count("*") != ours.count("*"):
                    raise ValueError(f"{name} and {ours} must have as many *")
            patterns = tuple(map(_Pattern, made_of.names))
            self._lines.append((patterns, _Pattern(ours), how[0] if how else SAME, made_of.sizes))

    def to_ours(
        self, published: Mapping[str, Array], shapes: Mapping[str, Shape] | None = None
    ) -> dict[str, Array]:
        """The arrays of a published file under our names and in our layout.

        Args:
            published: the arrays under the file's names.
            shapes: of all that the model has, by our names; None to take what there is.

        Raises:
            ValueError: a name is unknown, one is missing, or an array has another shape; the
                message tells all of them.
        """
        parts = self.match({name: tuple(a.shape) for name, a in published.items()}, shapes)
        return {name: part.read(published.__getitem__) for name, part in parts.items()}

    def to_published(self, ours: Mapping[str, Array]) -> dict[str, Array]:
        """The arrays of a model's state under the published names and in their layout.

        Raises:
            ValueError: the table has no line for a name.
        """
        written: dict[str, Array] = {}
        for name, array in ours.items():
            written.update(self._part(name).write(array))
            for patterns, pattern, how, _ in self._lines:
                if how is COPIED and (found := pattern.match(name)):
                    written |= {each.fill(*found): array for each in patterns}
        return written

    def names(self, ours: str) -> tuple[str, ...]:
        """The published names of one of our arrays.

        Raises:
            ValueError: the table has no line for it.
        """
        return self._part(ours).names

    def match(
        self, published: Mapping[str, Shape], shapes: Mapping[str, Shape] | None = None
    ) -> dict[str, Part]:
        """What each of our arrays is made of, from shapes alone: nothing need be read.

        Args:
            published: the shapes in the file, by its names.
            shapes: ours; None to take what there is.

        Raises:
            ValueError: as `to_ours`.
        """
        files, repeats, copies, unknown, twice = self._spellings(published)
        wanted = self._ours_of(files, repeats) if shapes is None else list(shapes)
        parts: dict[str, Part] = {}
        missing, misshapen = [], []
        for ours in wanted:
            part = self._part(ours)
            again = [file for file, name in repeats.items() if name == ours]
            if again and part.names[0] not in files:  # only the repetition is there
                files[part.names[0]], *again = again
            again = [file for file in again if file not in copies]
            missing += [name for name in part.names if name not in files]
            given = tuple(files.pop(name, name) for name in part.names)
            parts[ours] = part = Part(given, part.how, part.sizes, tuple(again))
            right = dict(zip(given, part.shapes(shapes[ours]), strict=True)) if shapes else {}
            if given[0] in published:
                right |= dict.fromkeys(again, published[given[0]])
            for file, shape in right.items():
                if file in published and published[file] != shape:
                    misshapen.append(f"{file} is {published[file]}, not {shape}")
        unknown += [*files.values(), *(file for file, name in repeats.items() if name not in parts)]
        complaints = {
            "missing": missing,
            "unknown": unknown,
            "misshapen": misshapen,
            "there twice": twice,
        }
        if any(complaints.values()):
            raise ValueError("; ".join(f"{w}: {', '.join(n)}" for w, n in complaints.items() if n))
        return parts

    def _spellings(
        self, names: Iterable[str]
    ) -> tuple[dict[str, str], dict[str, str], set[str], list[str], list[str]]:
        """What a file's names are.

        The lines' spelling -> the file's; its repeats -> ours; those of them that may differ; the
        unknown; what is there twice.
        """
        files: dict[str, str] = {}
        repeats: dict[str, str] = {}
        copies: set[str] = set()
        unknown, twice = [], []
        for file in names:
            known = ((name, self._line_of(name)) for name in self._candidates(file))
            name, line = next(((n, line) for n, line in known if line), (file, None))
            if line is None:
                unknown.append(file)
            elif _again(line[1]):
                repeats[file] = line[0]
                copies |= {file} if line[1] is COPIED else set()
            elif name in files:
                twice.append(f"{files[name]} as {file}")
            elif line[0] != IGNORED:
                files[name] = file
        return files, repeats, copies, unknown, twice

    def _candidates(self, file: str) -> list[str]:
        """The spellings under which a file's name may stand in the lines."""
        for old, new in self.older.items():
            if file.endswith(old):
                file = file.removesuffix(old) + new
        return [file] if file.startswith(self.prefix) else [file, self.prefix + file]

    def _line_of(self, published: str) -> tuple[str, How] | None:
        """Our name for a published one, and how it differs."""
        for patterns, ours, how, _ in self._lines:
            for pattern in patterns:
                if found := pattern.match(published):
                    return (IGNORED if ours.text == IGNORED else ours.fill(*found)), how
        return None

    def _ours_of(self, published: Iterable[str], repeats: Mapping[str, str]) -> list[str]:
        """Our names, each once, in the order of the published ones."""
        lines = (self._line_of(name) for name in published)
        return list(dict.fromkeys([*(line[0] for line in lines if line), *repeats.values()]))

    def _part(self, ours: str) -> Part:
        """What one of our arrays is made of, by the first line that fits."""
        for patterns, pattern, how, sizes in self._lines:
            if not _again(how) and (found := pattern.match(ours)):
                return Part(tuple(p.fill(*found) for p in patterns), how, sizes)
        raise ValueError(f"the table has no published name for {ours}")
