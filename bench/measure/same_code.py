"""First proof: the two twins of a variant are the same program but for `async` and `await`."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

RENAMED = {
    "AsyncDatabase": "Database",
    "AsyncSession": "Session",
    "AsyncEngine": "Engine",
    "AsyncConnection": "Connection",
}
"""Type names that differ between the modes without a difference in what is done."""


def code_difference(body: Callable[..., Any], body_async: Callable[..., Any]) -> str | None:
    """Return None for twins, else the first two source lines in which they differ.

    The comparison is of syntax trees without docstrings, so layout and comments do not matter.
    """
    source, source_async = _source(body), _source(body_async)
    tree, tree_async = _tree(source), _tree(source_async)
    if ast.dump(tree) == ast.dump(tree_async):
        return None
    line, line_async = _first_difference(tree, tree_async)
    return f"sync:  {_line(source, line)}\nasync: {_line(source_async, line_async)}"


def _source(body: Callable[..., Any]) -> str:
    return textwrap.dedent(inspect.getsource(body))


def _tree(source: str) -> ast.AST:
    function = _Colourless().visit(ast.parse(source).body[0])
    function.name = re.sub(r"_async$", "", function.name)
    function.decorator_list = []
    if ast.get_docstring(function, clean=False) is not None:
        function.body = function.body[1:] or [ast.copy_location(ast.Pass(), function)]
    tree: ast.AST = function
    return tree


class _Colourless(ast.NodeTransformer):
    """Takes `async` and `await` out of a tree and gives the types of both modes one name."""

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._without_async(node, ast.FunctionDef)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        return self._without_async(node, ast.With)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        return self._without_async(node, ast.For)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        inner: ast.AST = self.visit(node.value)
        return inner

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        node.is_async = 0
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = RENAMED.get(node.id, node.id)
        return node

    def _without_async(self, node: ast.AST, kind: type[ast.AST]) -> ast.AST:
        plain = kind(**dict(ast.iter_fields(node)))
        return self.generic_visit(ast.copy_location(plain, node))


def _first_difference(tree: ast.AST, other: ast.AST) -> tuple[int | None, int | None]:
    """Return the lines of the first pair of nodes, in source order, that differ in themselves."""
    position: tuple[int | None, int | None] = (getattr(tree, "lineno", None), getattr(other, "lineno", None))
    for left, right in _paired_children(tree, other):
        if left is None or right is None:
            return getattr(left, "lineno", position[0]), getattr(right, "lineno", position[1])
        if ast.dump(left) != ast.dump(right):
            deeper = _first_difference(left, right) if type(left) is type(right) else (None, None)
            return (
                deeper[0] or getattr(left, "lineno", position[0]),
                deeper[1] or getattr(right, "lineno", position[1]),
            )
    return position


def _paired_children(tree: ast.AST, other: ast.AST) -> Iterator[tuple[ast.AST | None, ast.AST | None]]:
    children, others = list(ast.iter_child_nodes(tree)), list(ast.iter_child_nodes(other))
    for index in range(max(len(children), len(others))):
        yield (
            children[index] if index < len(children) else None,
            others[index] if index < len(others) else None,
        )


def _line(source: str, number: int | None) -> str:
    lines = source.splitlines()
    if number is None or number > len(lines):
        return "(nothing)"
    return lines[number - 1].strip()
