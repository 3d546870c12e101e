"""A table on the terminal, or as Markdown to paste into a page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A title, the head of each column, and rows as long as the head."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """Columns as wide as their longest cell, the first to the left and the others to the right.

        >>> print(Table("Sizes", ("what", "n"), (("models", "20"), ("votes", "1,000"))).text())
        Sizes
        what        n
        models     20
        votes   1,000
        """
        lines = [self.head, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.head))]
        return "\n".join([self.title, *(_aligned(line, widths) for line in lines)])

    def markdown(self) -> str:
        """
        >>> print(Table("Sizes", ("what", "n"), (("models", "20"),)).markdown())
        ### Sizes
        <BLANKLINE>
        | what | n |
        |---|--:|
        | models | 20 |
        """
        rule = "|---|" + "--:|" * (len(self.head) - 1)
        lines = [f"| {' | '.join(line)} |" for line in (self.head, *self.rows)]
        return "\n".join([f"### {self.title}", "", lines[0], rule, *lines[1:]])


def show(table: Table, markdown: bool) -> None:
    print(table.markdown() if markdown else table.text(), end="\n\n", flush=True)


def _aligned(line: tuple[str, ...], widths: list[int]) -> str:
    first, *others = (
        cell.ljust(width) if column == 0 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    )
    return "  ".join([first, *others]).rstrip()
