"""Bytes in, a typed Mail out: whatever a stranger sends, read once, in bounded time, without an exception."""
