"""`nt data`: which data sets there are, what they are, where they lie, whether they are whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nt_data.sources import Source
    from rich.console import JustifyMethod

__all__ = ["data_app"]

data_app = typer.Typer(
    help="Data sets: what there is, what it is, where it lies.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="a data set: see nt data list")]
DataDir = Annotated[
    Path | None, typer.Option(help="a folder where files may lie already (default: the cache)")
]


@data_app.command("list")
def list_(data_dir: DataDir = None) -> None:
    """List the data sets, their sizes and licences, and which are here."""
    from nt_data.sources import source, source_names
    from rich.console import Console
    from rich.table import Table

    _check(data_dir)
    table = Table(box=None, padding=(0, 2), pad_edge=False)
    brief = Table(box=None, padding=(0, 2), pad_edge=False)
    for heading in ("name", "kind", "samples", "download", "here"):
        justify: JustifyMethod = "right" if heading in ("samples", "download") else "left"
        table.add_column(heading, justify=justify, no_wrap=True)
        brief.add_column(heading, justify=justify, no_wrap=True)
    table.add_column("licence", overflow="fold", max_width=30)
    below = Table(box=None, padding=(0, 2), pad_edge=False)
    below.add_column("name", no_wrap=True)
    below.add_column("licence, and where it is here", overflow="fold")
    for name in source_names():
        about = source(name)
        counts = list(about.splits.values())
        total = sum(count for count in counts if count is not None)
        unit = " chars" if about.kind == "text" else ""
        samples = f"{total:,}{unit}" if None not in counts else "varies"
        here = _here(about, data_dir)
        answer, _, more = here.partition(": ")
        table.add_row(name, about.kind, samples, _bytes(about.size), here, about.licence)
        brief.add_row(name, about.kind, samples, _bytes(about.size), answer)
        below.add_row(name, about.licence)
        if more:
            below.add_row("", here)
    console = Console()
    wide = console.options.update(width=10_000, markup=False)
    if console.measure(table, options=wide).maximum <= console.width:
        table.columns[-1].max_width = None
        console.print(table, markup=False)
    else:
        brief.width = console.measure(brief, options=wide).maximum
        console.print(brief, "", below, markup=False, crop=False)


@data_app.command()
def info(name: Name, data_dir: DataDir = None) -> None:
    """Tell what a data set is, whose it is, how it is split, and where its files are."""
    from rich.table import Table

    _check(data_dir)
    about = _source(name)
    table = Table(box=None, padding=(0, 2), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    unit = " characters" if about.kind == "text" else ""
    counts = (
        f"{split} {'varies' if count is None else f'{count:,}{unit}'}"
        for split, count in about.splits.items()
    )
    apart = "" if about.kind == "text" else "; without what stands twice, or in a later split too"
    missing = f'missing: pip install "nt-data[{about.extra}]"' if about.extra_is_missing else "here"
    for key, value in (
        ("name", about.name),
        ("kind", about.kind),
        ("what", about.what),
        ("splits", ", ".join(counts) + apart),
        ("made", about.how),
        ("licence", about.licence),
        ("citation", about.citation),
        ("home", about.url),
        ("languages", ", ".join(about.languages)),
        ("extra", f"[{about.extra}] {missing}" if about.extra else ""),
        ("here", _here(about, data_dir)),
    ):
        if value:
            table.add_row(key, value)
    for file in about.files:
        table.add_row("file", f"{file.name}, {file.size:,} bytes, sha256 {file.sha256}")
        for url in file.urls:
            table.add_row("", url)
    for file in about.also:
        table.add_row("or", f"{file.name}, {file.size:,} bytes, sha256 {file.sha256}")
    _print(table)


@data_app.command()
def download(name: Name, data_dir: DataDir = None) -> None:
    """Download a data set, into the cache or --data-dir; what is there already is kept."""
    from nt_data import DownloadError

    from nt_apps.errors import naming, telling

    about = _source(name)
    if data_dir is not None and data_dir.exists():
        _check(data_dir)
    if data_dir is not None and about.files:
        with naming(data_dir):
            data_dir.mkdir(parents=True, exist_ok=True)
    with telling(DownloadError):
        paths = about.fetch(data_dir=data_dir, cache_dir=data_dir)
    if not paths:
        print(f"{name} needs no download")
    for path in paths:
        print(path)


@data_app.command()
def verify(name: Name, data_dir: DataDir = None) -> None:
    """Check a data set's files by their checksums, and read it to the end."""
    from nt_data import DataError, DownloadError
    from nt_data.sources import (
        load_image_texts,
        load_images,
        load_labelled_texts,
        load_text,
        load_text_pairs,
    )

    from nt_apps.errors import UserError, telling

    about = _source(name)
    with telling(DownloadError):
        found = about.find(data_dir=data_dir)
    if found is None:
        raise UserError(f"{name} is not here, or not whole: nt data download {name}")
    for path in found:
        print(f"right: {path}")
    whole = "+".join(about.splits)
    with telling(DataError, ImportError, DownloadError):
        if about.kind == "text":
            text = load_text(name, data_dir=data_dir)
            read = len(text.train) + len(text.validation) + len(text.test)
        elif about.kind == "images":
            read = len(load_images(name, whole, data_dir=data_dir))
        elif about.kind == "labelled texts":
            read = len(load_labelled_texts(name, whole, data_dir=data_dir))
        elif about.kind == "text pairs":
            read = len(load_text_pairs(name, whole, data_dir=data_dir))
        else:
            read = len(load_image_texts(name, whole, data_dir=data_dir))
    unit = "characters" if about.kind == "text" else "samples"
    print(f"{name} is whole: {read:,} {unit} in {', '.join(about.splits)}")


def _source(name: str) -> Source:
    from nt_data import DataError
    from nt_data.sources import source

    from nt_apps.errors import telling

    with telling(DataError):
        return source(name)


def _check(data_dir: Path | None) -> None:
    from nt_apps.errors import UserError

    if data_dir is not None and not data_dir.is_dir():
        raise UserError(f"data_dir {data_dir} is not a folder")


def _here(about: Source, data_dir: Path | None) -> str:
    if about.extra_is_missing:
        return f"no: nt-data[{about.extra}]"
    if not about.files:
        return "yes"
    place = about.where(data_dir=data_dir)
    return "no" if place is None else f"yes: {place}"


def _bytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size else "none"


def _print(table: object) -> None:
    from rich.console import Console

    Console().print(table, markup=False)
