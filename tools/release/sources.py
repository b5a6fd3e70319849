"""All that a package's sources can be asked before anything is built."""

from tools.release import changelog, extras, metadata, readme, versions
from tools.workspace import Member


def problems(member: Member, among: list[Member]) -> list[str]:
    """The complaints of every check that reads sources, for one of the packages `among`."""
    return [
        *metadata.problems(member, among),
        *versions.problems(member, among),
        *extras.problems(member, among),
        *changelog.problems(member),
        *readme.problems(member),
    ]
