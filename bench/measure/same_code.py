"""First proof: the two twins of a variant are the same program but for `async` and `await`."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

RENAMED = {
    "AsyncDatabase": "Database",
    "AsyncSession": "Session",
    "AsyncEngine": "Engine",
    "AsyncConnection": "Connection",
}
"""Type names that differ between the modes without a difference in what is done."""

Lines = tuple[int | None, int | None]
"""A line of each source; None where there is nothing on that side."""


def code_difference(body: Callable[..., Any], body_async: Callable[..., Any]) -> str | None:
    """Return None for twins, else the first two source lines in which they differ.

    The comparison is of syntax trees without docstrings, annotations and the twins' own names, so layout and comments
    do not matter. A forgotten `await` cannot be seen here; the other proofs see the coroutine that it leaves behind.
    """
    source, source_async = _source(body), _source(body_async)
    tree, tree_async = _tree(source), _tree(source_async)
    if ast.dump(tree) == ast.dump(tree_async):
        return None
    line, line_async = _first_difference(tree, tree_async, (None, None))
    return f"sync:  {_line(source, line)}\nasync: {_line(source_async, line_async)}"


def _source(body: Callable[..., Any]) -> str:
    return textwrap.dedent(inspect.getsource(body))


def _tree(source: str) -> ast.AST:
    function = _Colourless().visit(ast.parse(source).body[0])
    function.name = "twin"
    if ast.get_docstring(function, clean=False) is not None:
        function.body = function.body[1:] or [ast.copy_location(ast.Pass(), function)]
    tree: ast.AST = function
    return tree


class _Colourless(ast.NodeTransformer):
    """Takes `async`, `await` and annotations out of a tree and gives the types of both modes one name."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self._without_async(node, ast.FunctionDef)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        bare = ast.Assign([node.target], node.value) if node.value else ast.Pass()
        return self.generic_visit(ast.copy_location(bare, node))

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


def _first_difference(tree: ast.AST, other: ast.AST, around: Lines) -> Lines:
    """Return the lines of the first pair of nodes, in source order, that differ in themselves."""
    here = _line_of(tree, around[0]), _line_of(other, around[1])
    for left, right in zip_longest(ast.iter_child_nodes(tree), ast.iter_child_nodes(other)):
        if left is None or right is None:
            # A statement too many stands against nothing; anything smaller against what it is missing from.
            around = (None, None) if isinstance(left or right, ast.stmt) else here
            return _line_of(left, around[0]), _line_of(right, around[1])
        if ast.dump(left) != ast.dump(right):
            if type(left) is type(right):
                return _first_difference(left, right, here)
            return _line_of(left, here[0]), _line_of(right, here[1])
    return here


def _line_of(node: ast.AST | None, otherwise: int | None) -> int | None:
    # In a chain of calls over several lines every attribute begins where the chain begins; its name is at its end.
    line: int | None = getattr(node, "end_lineno" if isinstance(node, ast.Attribute) else "lineno", otherwise)
    return line


def _line(source: str, number: int | None) -> str:
    lines = source.splitlines()
    return "(nothing)" if number is None else lines[number - 1].strip()
