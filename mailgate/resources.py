"""The one place that knows where the folders shipped beside the code are: templates, config, systemd.

In a checkout they stand beside the package, where people look for them; in a wheel they travel
inside it, as `_shipped`. Nobody else has to know which of the two is running.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Give the shipped folder `name`: "templates", "config" or "systemd"."""
    shipped = _PACKAGE / "_shipped"
    return (shipped if shipped.is_dir() else _PACKAGE.parent) / name
