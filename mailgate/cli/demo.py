"""`mailgate demo`: the story that shows mailgate at work."""

import os

import click

from mailgate.cli import show
from mailgate.cli.exits import Refused
from mailgate.demo.stage import DemoFailed
from mailgate.demo.story import play


@click.command("demo", epilog=show.examples("mailgate demo", "mailgate demo --keep"))
@click.option("--keep", is_flag=True, help="Leave the state folder behind, and say how to go on.")
def demo(keep: bool) -> None:
    """Send real mails through a fresh mailgate and show what becomes of each, and why.

    Everything happens in a temporary folder and on loopback; nothing is left behind.
    """
    try:
        play(click.echo, keep=keep)
    except DemoFailed as why:
        raise Refused(str(why), os.EX_SOFTWARE) from why
