"""The values in a mail by which its writer's account may be known; the whole of it stands in `find.py`."""
