"""What is certain about an expression's value without knowing the row."""

from __future__ import annotations

from collections.abc import Set

from mlc_compiler.expression.tree import Binary, Call, Cast, Constant, Interval, Name, Node, Variable


def there(node: Node, columns: Set[str]) -> bool:
    """Whether a value is not null in every row in which the `columns` are not."""
    match node:
        case Name(parts=parts):
            return len(parts) == 1 and parts[0] in columns
        case Constant(value=value):
            return value is not None
        case Variable() | Interval():
            return True
        case Binary(operator="+" | "-", left=left, right=right):
            return there(left, columns) and there(right, columns)
        case Cast(operand=operand, safe=False):
            return there(operand, columns)
        case Call(name="date_trunc", args=args):
            return all(there(arg, columns) for arg in args)
    return False


def is_date(node: Node, dates: Set[str]) -> bool:
    """Whether an expression is a date, where `dates` are the columns that are."""
    match node:
        case Name(parts=parts):
            return len(parts) == 1 and parts[0] in dates
        case Cast(type=kind):
            return kind.kind == "date"
        case Binary(operator="+" | "-", left=left, right=Constant(value=int())):
            return is_date(left, dates)
    return False
