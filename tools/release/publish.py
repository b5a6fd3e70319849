"""Publishing, after a person has said so: in the order of what needs what, then the tag."""

import subprocess
from collections.abc import Callable
from pathlib import Path

from tools.isolated import UV
from tools.release.guard import tag_of
from tools.release.notes import sha256
from tools.workspace import Member


def upload(files: list[Path]) -> None:
    """Give files to the index, as `uv publish` is told to by its own options and environment."""
    subprocess.run([UV, "publish", *files], check=True)


def publish(
    root: Path,
    among: list[Member],
    files: dict[str, list[Path]],
    ask: Callable[[str], str] = input,
    give: Callable[[list[Path]], None] = upload,
) -> bool:
    """Ask, upload package by package, and tag; whether it was done.

    Args:
        root: the repository.
        among: the packages, each behind those that it needs.
        files: each package's wheel and sdist, by its name.
        ask: shows a question and gives the answer.
        give: uploads the files of one package.
    """
    version = among[0].version
    for member in among:
        for file in files[member.name]:
            print(f"{sha256(file)}  {file.name}")
    answer = ask(f"What an index has been given cannot be taken back. Type {version} to publish: ")
    if answer.strip() != version:
        print("Nothing was published.")
        return False
    for member in among:
        give(files[member.name])
        print(f"published {member.name} {version}", flush=True)
    tag = tag_of(version)
    subprocess.run(["git", "tag", "--annotate", tag, "--message", f"nt {version}"],
                   cwd=root, check=True)  # fmt: skip
    print(f"tagged {tag}; `git push origin {tag}` shows it to the others")
    return True
