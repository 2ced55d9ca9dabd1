"""The project's own Python files, parsed once for the tests that read them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("portal", "districts", "inquiries", "commissions")


@cache
def modules() -> dict[str, ast.Module]:
    """Path relative to the root → syntax tree, migrations left out."""
    files = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(), str(path))
        for path in files
        if "migrations" not in path.parts
    }


def nodes() -> Iterator[tuple[str, ast.AST]]:
    """Every node of every module as (path:line, node)."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            yield f"{path}:{getattr(node, 'lineno', 0)}", node


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a name or an attribute, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = dotted(node.value)
        return f"{base}.{node.attr}" if base else node.attr
    return ""
