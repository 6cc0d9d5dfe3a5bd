"""A UNIX socket that listens at a path, with the rights it is to have."""

import contextlib
import errno
import os
import socket
import stat
from pathlib import Path


def bind(path: Path, mode: int) -> socket.socket:
    """A UNIX socket at `path` that nobody can connect to with more rights than `mode` grants.

    Raises OSError that names the path.
    """
    _clear_stale(path)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    narrow = os.umask(0o177)
    try:
        bound.bind(str(path))
    except OSError as why:
        bound.close()
        raise OSError(why.errno, f"cannot listen on {path}: {why.strerror}") from why
    finally:
        os.umask(narrow)
    path.chmod(mode)
    return bound


def _clear_stale(path: Path) -> None:
    """Remove the socket of a process that is gone. Raises OSError when somebody listens on it."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise OSError(errno.EEXIST, f"cannot listen on {path}: it is no socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
                return
        raise OSError(errno.EADDRINUSE, f"cannot listen on {path}: somebody else does")
