"""The program: `mailgate`, and `python -m mailgate`."""

import os
import sys
import traceback


def main() -> None:
    """Run the command line."""
    try:
        # Within, because an upgrade may be replacing the files just now: then an MTA must keep its mail.
        from mailgate.cli import main as commands  # noqa: PLC0415
    except Exception:
        if "pipe" not in sys.argv:
            raise
        traceback.print_exc()
        sys.exit(os.EX_TEMPFAIL)
    commands(prog_name="mailgate")


if __name__ == "__main__":
    main()
