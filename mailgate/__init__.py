"""mailgate: mails to a support desk become tickets with a number, and are answered."""

__version__ = "0.1.0"
