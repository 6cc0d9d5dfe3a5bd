"""The control panel's door: requests of customers who are logged in there, over HTTP on this machine alone.

The only room that knows fastapi and uvicorn. They are large, so they are not imported before the settings
name a listener.
"""

from typing import TYPE_CHECKING

from mailgate.config import PanelSettings
from mailgate.intake.panel.behind import Behind

if TYPE_CHECKING:
    from mailgate.intake.panel.door import PanelDoor

__all__ = ["Behind", "make_panel"]


def make_panel(settings: PanelSettings, behind: Behind) -> "PanelDoor | None":
    """The door, not yet open; None where the settings name no listener."""
    if not settings.listen:
        return None
    from mailgate.intake.panel.door import PanelDoor  # noqa: PLC0415 - only now, as said above

    return PanelDoor(settings, behind)
