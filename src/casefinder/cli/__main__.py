"""``python -m casefinder.cli``."""

from casefinder.cli import main

main()
