"""Where the files that travel with the code lie: ``configs/`` and ``models/``."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_INSTALLED = _PACKAGE / "shipped_files"
_CHECKOUT = _PACKAGE.parent.parent


def shipped(folder: str) -> Path:
    """Return the shipped folder of that name: inside an installed package, or at the top of a checkout.

    Raises:
        FileNotFoundError: the installation is damaged.
    """
    for parent in (_INSTALLED, _CHECKOUT):
        if (parent / folder).is_dir():
            return parent / folder
    raise FileNotFoundError(f"the folder '{folder}' is missing from this installation of casefinder; install it again")
