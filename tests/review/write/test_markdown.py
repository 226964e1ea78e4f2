"""The comment says what others wrote and is nothing else of theirs; it is never too long, and never cut in two."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from clusterwright.review.write.escape import code, fenced, prose
from clusterwright.review.write.fit import LIMIT, Part, Rank, fitted
from clusterwright.review.write.markdown import MARKER, as_markdown
from tests.review.samples import HOSTILE, clean, example, many, saying

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OWN = {"<br>", "<sub>", "</sub>", "<code>", "</code>"}
OWN_BLOCK = re.compile(rf"{MARKER}|<details( open)?>\n<summary>[A-Za-z0-9, ]+</summary>|</details>")
LIVE = re.compile(r"[@#!&~^$]\w|[a-z]://|www\.\w|gh-\d|:\w+:", re.IGNORECASE)
"""What GitHub or GitLab make a mention, a reference, a link or an emoji of."""
texts = st.lists(
    st.one_of(
        st.sampled_from(HOSTILE.split(" ")),
        st.sampled_from("`|<>\\*_[]()#@~-+=1. \n\r\t$&:!"),
        st.text(max_size=5),
    ),
    min_size=1,
    max_size=8,
).map("".join)  # fmt: skip


def blocks(text: str) -> list[str]:
    return [token.type for token in READER.parse(text)]


PLAIN = blocks(as_markdown(saying("word")))


def spoken(token: Token) -> Iterator[str]:
    """The texts of a paragraph or cell that are not code, checked for markup that is not ours."""
    depth = 0
    for child in token.children or []:
        assert child.type not in ("link_open", "image", "s_open"), child
        if child.type == "html_inline":
            assert child.content in OWN
            depth += {"<code>": 1, "</code>": -1}.get(child.content, 0)
        elif child.type == "text" and not depth:
            yield child.content
    assert depth == 0


@settings(max_examples=20)
@given(texts.filter(lambda text: text.strip()))
def test_no_text_of_others_changes_how_the_comment_is_built(text: str) -> None:
    written = as_markdown(saying(text))
    assert blocks(written) == PLAIN
    for token in READER.parse(written):
        if token.type == "html_block":
            assert OWN_BLOCK.match(token.content), token.content
        assert not [said for said in spoken(token) if LIVE.search(said)]


@given(texts)
def test_a_text_is_read_as_it_was_written(text: str) -> None:
    """But for white space, what a terminal would obey, and backticks that make code of it."""
    plain = "".join(c for c in text if (c.isprintable() and c != "`") or c == " ")
    (token,) = (token for token in READER.parse(f"x {prose(plain, 1000)}") if token.type == "inline")
    said = "".join(child.content for child in token.children or [])
    assert said.replace("\u200b", "").split() == f"x {plain}".split()


@given(texts)
def test_nothing_ends_a_block_of_code(text: str) -> None:
    assert blocks(f"{fenced(text, 'yaml')}\n\nafter") == ["fence", "paragraph_open", "inline", "paragraph_close"]


@pytest.mark.parametrize("text", ["a|b", "a`b", "$x$", "a\\", ""])
def test_what_no_backtick_can_hold_is_still_code(text: str) -> None:
    assert code(text).startswith("<code>")
    assert "|" not in code(text)


def test_the_first_line_is_the_marker_and_the_second_the_verdict() -> None:
    first, second, *_ = as_markdown(example()).splitlines()
    assert first == "<!-- clusterwright-review -->"
    assert second.startswith("## 🟡 Look before you merge: group `train` is replaced")


def test_a_change_that_touches_nothing_is_a_few_lines() -> None:
    assert len(as_markdown(clean()).splitlines()) < 15


@pytest.mark.parametrize("count", [2, 40, pytest.param(400, marks=pytest.mark.slow)])
def test_a_comment_is_never_too_long_and_says_what_it_leaves_out(count: int) -> None:
    written = as_markdown(many(count + 4))
    assert len(written) <= LIMIT
    assert ("Left out" in written) == (count > 2)
    assert written.splitlines()[1] == f"## 🟡 Look before you merge: {count} stacks change"
    assert "`clusterwright review --base main --head all`" in written


def test_a_comment_of_hostile_texts_is_not_too_long_either() -> None:
    assert len(as_markdown(saying("#" * 5000, many(12)))) <= LIMIT


def test_no_part_of_a_long_comment_is_cut_in_two() -> None:
    written = as_markdown(many())
    assert written.count("<details") == written.count("</details>")
    rows = [line for line in written.splitlines() if line.startswith("|")]
    assert all(line.endswith(" |") for line in rows)
    types = Counter(blocks(written))
    assert types["table_open"] == types["table_close"] > 5


def test_the_least_important_parts_are_left_out_first() -> None:
    parts = [
        Part(Rank.ALWAYS, "", "head"),
        Part(Rank.PICTURES, "pictures", "p" * 50),
        Part(Rank.EFFECTS, "effects", "e" * 50),
    ]
    written = fitted(parts, lambda missing: f"without {', '.join(missing)}", limit=90)
    assert written == f"head\n\nwithout pictures\n\n{'e' * 50}\n"


def test_what_is_always_said_can_be_too_long() -> None:
    with pytest.raises(ValueError, match="longer than 3 characters"):
        fitted([Part(Rank.ALWAYS, "", "head")], str, limit=3)
