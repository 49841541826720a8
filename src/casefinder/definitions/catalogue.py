"""A file in a folder is the registration: no decorator, no list to keep in step."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any


def catalogue(package: ModuleType, attribute: str) -> dict[str, Any]:
    """Return every definition in a package, by the name of the file that holds it.

    A file whose name begins with an underscore is plumbing. Any other must hold ``attribute``.

    Raises:
        AttributeError: a file lacks its definition, so a misspelt one fails here and not in a result.
    """
    names = sorted(module.name for module in iter_modules(package.__path__) if not module.name.startswith("_"))
    return {name: getattr(import_module(f"{package.__name__}.{name}"), attribute) for name in names}
