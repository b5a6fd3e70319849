"""The one command, `nt`: what it offers, and how it says that something is wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, cast

import typer
from typer.core import TyperGroup

from nt_apps.commands.classify import classify
from nt_apps.commands.data import data_app
from nt_apps.commands.demo import demo
from nt_apps.commands.devices import devices
from nt_apps.commands.evaluate import evaluate
from nt_apps.commands.explain import explain
from nt_apps.commands.fill_mask import fill_mask
from nt_apps.commands.gallery import gallery
from nt_apps.commands.generate import generate
from nt_apps.commands.retrieve import retrieve
from nt_apps.commands.study import study_app
from nt_apps.commands.train import train_app
from nt_apps.commands.translate import translate
from nt_apps.errors import UserError

__all__ = ["app", "main"]


class _InOrder(TyperGroup):
    """The commands in the order in which a person needs them."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [
            "train", "generate", "fill-mask", "classify", "retrieve", "translate", "evaluate",
            "demo", "explain", "gallery", "study", "data", "devices",
        ]  # fmt: skip


app = typer.Typer(
    name="nt",
    cls=_InOrder,
    help="Train neural networks that you can read, on NumPy, CuPy or MLX.",
    epilog="Begin with: nt train gpt2",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a fault of the program keeps Python's own traceback
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(train_app, name="train")
app.command()(generate)
app.command()(fill_mask)
app.command()(classify)
app.command()(retrieve)
app.command()(translate)
app.command()(evaluate)
app.command()(demo)
app.command()(explain)
app.command()(gallery)
app.add_typer(study_app, name="study")
app.add_typer(data_app, name="data")
app.command()(devices)

# typer carries its own copy of click; what every wrong use of a command derives from is the base
# of typer's public BadParameter.
_WrongUse = cast("type[typer.BadParameter]", typer.BadParameter.__base__)

_UNREAD, _REFUSED, _INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit status.

    Args:
        arguments: what stands behind `nt`; by default what the shell gave.

    Example:
        >>> main(["train", "gpt2", "--steps", "0", "--data", "nothing"])
        2
    """
    try:
        status = app(
            None if arguments is None else list(arguments), prog_name="nt", standalone_mode=False
        )
    except UserError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read has seen enough; without this, Python would try once more on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _UNREAD
    except _WrongUse as error:
        if not error.format_message():  # `nt` alone: its help was shown
            return _REFUSED
        return _complain(f"{error.format_message()} (see --help)")
    return status if isinstance(status, int) else 0


def _complain(message: str) -> int:
    """One line, whatever the message was made of."""
    print(f"nt: error: {' '.join(message.split())}", file=sys.stderr)
    return _REFUSED
