"""Brings the spool's receipts from its thread into the event loop, all of a commit in one go.

asyncio's own bridge wakes the loop once a mail, and the two threads then wait for each other at every
one. Here the first receipt of a commit wakes the loop, and the others are there when it looks.
"""

import asyncio
from collections import deque
from concurrent.futures import Future

from mailgate.errors import Overloaded
from mailgate.spool import Receipt


class Receipts:
    """The receipts that the conversations of one loop wait for."""

    __slots__ = ("_arrived", "_called")

    def __init__(self) -> None:
        self._arrived: deque[tuple[asyncio.Future[Receipt], Future[Receipt]]] = deque()
        self._called = False

    async def of(self, kept: Future[Receipt]) -> Receipt:
        """What the spool says of a mail. Raises what it raises, and Overloaded when it gave the mail back.

        Whoever ends the conversation meanwhile does not take the mail from the spool's hands.
        """
        waiter: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        kept.add_done_callback(lambda done: self._arrive(waiter, done))
        return await waiter

    def _arrive(self, waiter: asyncio.Future[Receipt], done: Future[Receipt]) -> None:
        """Run by the spool's thread, or by ours if it was the quicker one."""
        self._arrived.append((waiter, done))
        loop = waiter.get_loop()
        if not self._called and not loop.is_closed():
            self._called = True
            loop.call_soon_threadsafe(self._hand_out)

    def _hand_out(self) -> None:
        self._called = False  # before the look: what arrives behind it calls again
        while self._arrived:
            waiter, done = self._arrived.popleft()
            if waiter.done():
                continue
            if done.cancelled():
                waiter.set_exception(Overloaded("the spool gave the mail back"))
            elif (error := done.exception()) is not None:
                waiter.set_exception(error)
            else:
                waiter.set_result(done.result())
