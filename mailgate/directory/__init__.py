"""Who are our customers? A directory is asked by keys: a table of the ledger, or an HTTP service.

`record.py` reads an account as the outside writes it; `file.py`, `changes.py` and `load.py` fill the
table from a file; `endpoint.py` is the only one that speaks HTTP.
"""

from mailgate.directory.directory import Directory, ask_each, make_directory
from mailgate.directory.endpoint import Endpoint
from mailgate.directory.service import HttpDirectory
from mailgate.directory.table import TableDirectory

__all__ = ["Directory", "Endpoint", "HttpDirectory", "TableDirectory", "ask_each", "make_directory"]
