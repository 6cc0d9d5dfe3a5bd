"""HTML → the plain text its writer saw: hidden elements dropped, quotations marked with "> ".

The tree is lexbor's; it is walked by its links, without recursion. The parser itself is quadratic in
the depth of open elements, so a text with absurdly many is read without a tree.
"""

import html
import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

_MOST_OPEN = 2000  # elements; the richest newsletters have some dozens at once

_DROPPED = frozenset({
    "script", "style", "head", "title", "template", "noscript", "svg", "math", "object", "applet",
    "iframe", "select", "textarea", "button", "audio", "video", "canvas", "map",
})  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
    "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
    "blockquote",
})  # fmt: skip
_SPACED = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6"})  # with an empty line around
_VOID = frozenset({
    "area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "p",
})  # fmt: skip
_HIDDEN = re.compile(
    r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden|mso-hide\s{0,9}:\s{0,9}all", re.IGNORECASE
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_BREAK = re.compile(r"<(?:br|/?p|/?div|/tr|/li|/h[1-6])\b", re.IGNORECASE)
_MARKUP = re.compile(r"<[^<>]*>|[^\n<>]*>")


def to_text(markup: str) -> str:
    """The visible text of `markup`, a line for each block, "- " before list items."""
    if _tangled(markup):
        return _without_tree(markup)
    body = LexborHTMLParser(markup).body
    return _walk(body) if body is not None else ""


def _tangled(markup: str) -> bool:
    """Are so many elements open at once, or closed out of turn, that building a tree is costly?"""
    if markup.count("<") <= _MOST_OPEN:
        return False
    stack: list[str] = []
    crossed = 0
    for match in _TAG.finditer(markup):
        name = match[2].lower()
        if name in _VOID:
            continue
        if not match[1]:
            stack.append(name)
        elif stack and stack[-1] == name:
            stack.pop()
        else:
            crossed += 1
        if len(stack) > _MOST_OPEN or crossed > _MOST_OPEN:
            return True
    return False


def _without_tree(markup: str) -> str:
    return html.unescape(_MARKUP.sub(" ", _BREAK.sub("\n", markup)))


@dataclass(slots=True)
class _Page:
    """The text so far: finished lines and the line being written."""

    lines: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    depth: int = 0  # of quotations
    verbatim: int = 0  # of pre elements

    def write(self, text: str) -> None:
        """Add running text; white space collapses outside of pre."""
        if self.verbatim:
            first, *rest = text.split("\n")
            self.line.append(first)
            for line in rest:
                self.end_line(always=True)
                self.line.append(line)
            return
        words = _SPACE.sub(" ", text)
        if not self.line or self.line[-1].endswith(" "):
            words = words.lstrip(" ")
        if words:
            self.line.append(words)

    def end_line(self, *, always: bool = False) -> None:
        """Finish the line; an empty one only if asked for `always`."""
        text = "".join(self.line).rstrip()
        self.line.clear()
        if text or always:
            mark = ">" * self.depth
            self.lines.append(f"{mark} {text}".rstrip() if mark else text)

    def gap(self) -> None:
        """Finish the line and leave an empty one, unless there is one."""
        self.end_line()
        if self.lines and self.lines[-1].strip("> "):
            self.end_line(always=True)


def _walk(root: LexborNode) -> str:
    page = _Page()
    node: LexborNode | None = root
    while node is not None:
        entered = _enter(page, node)
        child = node.first_child if entered else None
        if child is not None:
            node = child
            continue
        node = _next(page, node, root, entered=entered)
    page.end_line()
    return "\n".join(page.lines)


def _next(page: _Page, node: LexborNode, root: LexborNode, *, entered: bool) -> LexborNode | None:
    """The node after `node` and all below it, leaving what is left."""
    current: LexborNode | None = node
    if entered:
        _leave(page, node)
    while current is not None:
        if current.mem_id == root.mem_id:
            return None
        if current.next is not None:
            return current.next
        current = current.parent
        if current is not None:
            _leave(page, current)
    return None


def _enter(page: _Page, node: LexborNode) -> bool:
    """Write what stands before a node's children; False when they are not to be read."""
    if node.is_text_node:
        page.write(node.text_content or "")
        return False
    name = node.tag or ""
    if not node.is_element_node or name in _DROPPED or _hidden(node):
        return False
    if name == "br":
        page.end_line(always=True)
    elif name in _SPACED:
        page.gap()
    elif name in _BLOCKS:
        page.end_line()
    elif name in {"td", "th"}:
        page.write(" ")
    if name == "li":
        page.line.append("- ")
    page.depth += name == "blockquote"
    page.verbatim += name == "pre"
    return True


def _leave(page: _Page, node: LexborNode) -> None:
    name = node.tag or ""
    if name in _SPACED:
        page.gap()
    elif name in _BLOCKS:
        page.end_line()
    page.depth -= name == "blockquote"
    page.verbatim -= name == "pre"


def _hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search((attributes.get("style") or "")[:2000]))
