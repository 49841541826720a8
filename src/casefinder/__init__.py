"""casefinder: risk stratification and case finding on linked NHS records."""

__version__ = "0.1.0"
