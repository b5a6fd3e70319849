"""Import every module of an installed package, in a Python that has it; say which lack a library.

    python -P tools/release/_modules.py nt_data

prints one line a module that cannot be imported: its name, a tab, the library that is missing or
the error. Needs nothing but Python's own library, for it runs where nothing else is.
"""

import importlib
import pkgutil
import sys


def main(package: str) -> None:
    """Import the package, then each module inside, whatever happens to the one before."""
    names = [package]
    while names:
        name = names.pop(0)
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            print(name, (error.name or "").partition(".")[0], sep="\t")
        except Exception as error:
            print(name, f"{type(error).__name__}: {error}", sep="\t")
        else:
            inside = pkgutil.iter_modules(getattr(module, "__path__", ()))
            names += [f"{name}.{each.name}" for each in inside if each.name != "__main__"]


if __name__ == "__main__":
    main(sys.argv[1])
