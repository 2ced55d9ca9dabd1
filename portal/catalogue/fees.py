"""Fees in whole rials, from the tariff rows in force on the day of filing. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.catalogue.models import FeeRule


@dataclass(frozen=True)
class FeeLine:
    """One line of a bill, kept on the case as it was at filing time."""

    code: str
    title: str
    amount_rial: int
    decree_no: str


def fee_lines(rules: Iterable[FeeRule]) -> list[FeeLine]:
    """The lines of a bill. Raises ValueError for a rule with a formula: only fixed amounts are computed here."""
    lines = []
    for rule in rules:
        if rule.amount_rial is None:
            raise ValueError(f"{rule.code} is a formula, not an amount: {rule.formula}")
        lines.append(FeeLine(rule.code, rule.title, rule.amount_rial, rule.decree_no))
    return lines


def total_rial(lines: Iterable[FeeLine]) -> int:
    """The sum, whole rials."""
    return sum(line.amount_rial for line in lines)
