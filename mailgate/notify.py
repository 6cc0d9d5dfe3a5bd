"""Tells systemd how the service is: sd_notify(3), when it listens."""

import os
import socket


def notify(*states: str) -> None:
    """Send states such as READY=1 to the supervisor; nothing happens where there is none."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    # A leading @ stands for the NUL byte of an abstract socket.
    target = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.connect(target)
        wire.sendall("\n".join(states).encode())


def watchdog_seconds() -> float:
    """How often the supervisor wants to hear WATCHDOG=1: half its patience; 0 when it does not ask."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    return int(os.environ.get("WATCHDOG_USEC", "0")) / 2_000_000
