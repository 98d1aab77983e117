"""Where a parser stands among its tokens."""

from __future__ import annotations

from mlc_compiler.expression.lexer import Token
from mlc_compiler.expression.problem import Problem, SyntaxProblem


class Cursor:
    """The tokens of a text and the next of them."""

    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.index = 0

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.index]

    @property
    def at_end(self) -> bool:
        """Whether no token is left."""
        return self.token.kind == "end"

    @property
    def previous_end(self) -> int:
        """Where the token before ended."""
        return self.tokens[self.index - 1].end

    def peek_is(self, text: str) -> bool:
        """Whether the token after the next is this operator or keyword."""
        return self.peek().spelling == text

    def peek(self, ahead: int = 1) -> Token:
        """A token further on; the end stays the end."""
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def advance(self) -> Token:
        """The next token, now passed."""
        token = self.token
        self.index = min(self.index + 1, len(self.tokens) - 1)
        return token

    def at(self, *texts: str) -> bool:
        """Whether the next token is one of these operators or keywords."""
        return self.token.spelling in texts

    def accept(self, *texts: str) -> bool:
        """Pass the next token if it is one of these operators or keywords."""
        if not self.at(*texts):
            return False
        self.advance()
        return True

    def expect(self, text: str, after: str) -> Token:
        """Pass this operator or keyword.

        Raises:
            SyntaxProblem: something else stands there.
        """
        if not self.at(text):
            raise self.unexpected(f"expected `{text}` {after}")
        return self.advance()

    def unexpected(self, message: str) -> SyntaxProblem:
        """A problem at the next token, saying what was found there."""
        token = self.token
        if token.kind == "end":
            return SyntaxProblem(Problem(max(token.start - 1, 0), token.end, "MLC301", f"{message}, found the end"))
        return SyntaxProblem(Problem(token.start, token.end, "MLC301", f"{message}, found {token.shown}"))

    def refused(self, token: Token, message: str, why: str = "", help_: str = "") -> SyntaxProblem:
        """A problem at a token that SQL knows and the language does not."""
        return SyntaxProblem(Problem(token.start, token.end, "MLC302", message, why, help_))
