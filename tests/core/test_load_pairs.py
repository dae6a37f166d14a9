"""Pairs of user classes: found by their names, or as the user says."""

from __future__ import annotations

import pytest

from bench.core.errors import UsageError
from bench.core.load_pairs import Pair, pairs_of, parse_pairs

CLASSES = ("SyncShopper", "AsyncShopper", "Page_sync", "Page_async", "Synchrotron", "Old", "New")
SHOPPER = Pair("Shopper", (("sync", "SyncShopper"), ("async", "AsyncShopper")))
PAGE = Pair("Page", (("sync", "Page_sync"), ("async", "Page_async")))

MALFORMED = {
    "Checkout": "must look like Checkout=SyncCheckout,AsyncCheckout",
    "Checkout=A": "must look like",
    "=A,B": "must look like",
    "Checkout=A,A": "must look like",
    "A=B,C;A=D,E": "--pair A is given twice",
}


def test_names_make_pairs() -> None:
    """SyncX goes with AsyncX, XSync with XAsync and X_sync with X_async; a name that only begins like one is none."""
    item = Pair("Item", (("sync", "ItemSync"), ("async", "ItemAsync")))
    assert pairs_of((*CLASSES, "ItemAsync", "ItemSync", "Resync", "Sync", "Async"), {}) == (SHOPPER, PAGE, item)


def test_a_given_pair_comes_first_and_names_its_sides() -> None:
    """Classes whose names tell no side are the sides themselves."""
    assert pairs_of(CLASSES, {"Mine": ("Old", "New")})[0] == Pair("Mine", (("Old", "Old"), ("New", "New")))


def test_a_given_pair_takes_its_classes() -> None:
    """What is given under another name is not found a second time by its own, and async is told from sync."""
    found = pairs_of(CLASSES, {"Mine": ("AsyncShopper", "SyncShopper")})
    assert found == (Pair("Mine", (("async", "AsyncShopper"), ("sync", "SyncShopper"))), PAGE)


def test_an_unknown_class_is_refused() -> None:
    """The message names the nearest one."""
    with pytest.raises(UsageError, match="'SyncShoper', which is not there; did you mean 'SyncShopper'"):
        pairs_of(CLASSES, {"Mine": ("SyncShoper", "AsyncShopper")})


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_pair_is_refused(text: str) -> None:
    """The message shows how one is written."""
    with pytest.raises(UsageError) as caught:
        parse_pairs(text)
    assert MALFORMED[text] in str(caught.value)


def test_several_pairs_are_read() -> None:
    """They are separated by semicolons, as the variable of a generator has them."""
    assert parse_pairs("A=B,C;D=E, F") == {"A": ("B", "C"), "D": ("E", "F")}
