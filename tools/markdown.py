"""Tables, and the parts of pages that are written by programs."""


def table(header: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown; all columns but the first are figures."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def with_section(page: str, name: str, target: str, text: str) -> str:
    """The page with ``text`` between the markers of the section ``name``, which say that ``make target`` wrote it."""
    begin, end = f"<!-- {name}: written by make {target} -->", f"<!-- end of {name} -->"
    before, found, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found and found_end):
        raise ValueError(f"the page has no section {name}")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"
