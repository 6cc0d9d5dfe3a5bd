"""Texts with blanks where a letter's number, mark and time go, so that one rendering serves many letters.

To render a template took a third of the time in which a letter is composed, and apart from these three the
letters of a day say the same few things. That holds only for a template that does nothing with them but
print them, whatever else it does; any other is rendered anew for each letter.
"""

from collections.abc import Iterator, Mapping

from jinja2 import BaseLoader, Environment, TemplateError, nodes

BLANKS = {name: f"\ue000{name}\ue000" for name in ("number", "mark", "asked")}
"""What stands in a text until it is filled in: no white space, so that lines are tidied alike."""

# What is printed within these may be changed, or kept for later, before it is shown.
_CAPTURING = (
    *(nodes.FilterBlock, nodes.AssignBlock, nodes.CallBlock, nodes.Macro, nodes.Extends, nodes.Block),
    *(nodes.Import, nodes.FromImport, nodes.ScopedEvalContextModifier, nodes.EvalContextModifier),
)
_CHANCE = frozenset({"random", "lipsum"})  # say something else each time


def filled_in(text: str, values: Mapping[str, str]) -> str:
    """`text` with its blanks filled in."""
    for name, blank in BLANKS.items():
        text = text.replace(blank, values[name])
    return text


def can_have_blanks(environment: Environment, loader: BaseLoader, name: str) -> bool:
    """Does a template, with all that it includes, only print these values, or ask whether there is a time?"""
    try:
        tree = environment.parse(loader.get_source(environment, name)[0])
    except (TemplateError, OSError, ValueError):  # whoever renders it says what is wrong
        return False
    if not _only_prints(tree):
        return False
    return all(
        included is not None and can_have_blanks(environment, loader, included)
        for included in _included(tree)
    )


def _only_prints(tree: nodes.Template) -> bool:
    if next(tree.find_all(_CAPTURING), None) is not None:
        return False
    called = {each.name for each in tree.find_all(nodes.Name)} | {
        each.name for each in tree.find_all(nodes.Filter)
    }
    if not _CHANCE.isdisjoint(called):
        return False
    printed = {id(each) for output in tree.find_all(nodes.Output) for each in output.nodes}
    asked = {id(each.test) for each in tree.find_all(nodes.If)}
    uses = (each for each in tree.find_all(nodes.Name) if each.name in BLANKS)
    return all(id(each) in printed or (each.name == "asked" and id(each) in asked) for each in uses)


def _included(tree: nodes.Template) -> Iterator[str | None]:
    """The names of what a template includes; None where a name is told only when it is rendered."""
    for each in tree.find_all(nodes.Include):
        name = each.template
        yield str(name.value) if isinstance(name, nodes.Const) and isinstance(name.value, str) else None
