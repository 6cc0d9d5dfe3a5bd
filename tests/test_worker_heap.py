"""Threads of a service share one heap, so that what one has freed the next can use."""

import subprocess
import sys

import pytest

_PROGRAM = """
import ctypes, sys, threading
from mailgate.worker import share_one_heap
if sys.argv[1] == "one":
    share_one_heap()
kept, met = [], threading.Barrier(4)
def ask():
    met.wait()
    kept.extend(bytearray(2000) for _ in range(100))
    met.wait()
threads = [threading.Thread(target=ask) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(libc.fdopen(1, b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


@pytest.mark.parametrize(("heaps", "is_one"), [("one", True), ("many", False)])
def test_all_threads_share_one_heap(heaps: str, *, is_one: bool) -> None:
    command = [sys.executable, "-c", _PROGRAM, heaps]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert (told.count("<heap nr=") == 1) is is_one
