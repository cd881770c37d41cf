"""Pages are run as a reader would run them, and one that shows something else than what happens is refused."""

from pathlib import Path

import pytest

from docs.writers.run import Page, PageError, alike, commands

PAGE = """# A page

```yaml title="notes/one.yaml"
name: one
```

```console
$ cat notes/one.yaml
name: one
$ echo a; echo b; \\
  echo c
a
…
$ exit 3  # exit 3
```

```python
x = 20
print("first")
```

<!-- output -->
```text
first
```

```python
print(x + 1)
```

<!-- output -->
```text
2…
```

<!-- slow -->
```console
$ false
```

<!-- not run: there is no such command -->
```console
$ no-such-command
```
"""


def run(text: str, folder: Path, slow: bool = False) -> int:
    page = folder / "page.md"
    page.write_text(text, "utf-8")
    return Page(page, folder, slow).run()


def test_a_page_runs_from_top_to_bottom(tmp_path: Path) -> None:
    assert run(PAGE, tmp_path) == 6


def test_slow_blocks_run_on_demand(tmp_path: Path) -> None:
    with pytest.raises(PageError, match=r"page\.md:37: `false` ended with 1"):
        run(PAGE, tmp_path, slow=True)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "name: one\n$",
            "name: two\n$",
            r"page\.md:7: `cat notes/one.yaml` was to print\nname: two\nbut printed\nname: one",
        ),
        ("exit 3  #", "exit 4  #", r"page\.md:7: `exit 4  # exit 3` ended with 4"),
        ("x + 1", "y + 1", r"page\.md:27: (.|\n)*NameError: name 'y' is not defined"),
        ("2…", "3…", r"page\.md:32: the block before was to print\n3…"),
    ],
)
def test_a_page_that_shows_something_else_is_refused(before: str, after: str, message: str, tmp_path: Path) -> None:
    assert before in PAGE
    with pytest.raises(PageError, match=message):
        run(PAGE.replace(before, after), tmp_path)


def test_a_command_may_have_several_lines() -> None:
    assert list(commands("$ a \\\n  b\nout\n\n$ c\n")) == [("a \\\n  b", "out\n"), ("c", "")]


@pytest.mark.parametrize(
    ("expected", "printed", "equal"),
    [
        ("a\nb", "a\nb\n", True),
        ("a\nb", "a\nc\n", False),
        ("a\n…\nd", "a\nb\nc\nd\n", True),
        ("a\n…\nd", "a\nd\n", True),
        ("a\n…", "b\n", False),
        ("loss 0.… in … s", "loss 0.25 in 3 s", True),
        ("loss (0)", "loss 0", False),
    ],
)
def test_an_ellipsis_stands_for_what_varies(expected: str, printed: str, equal: bool) -> None:
    assert alike(expected, printed) == equal
