"""The claims that `loading` puts to the test, and the relations that each of them is about."""

from __future__ import annotations

from bench.core.claims import Claim, Faster, Parameters, Raises, Statements
from bench.core.database import AsyncDatabase, Database
from scenarios.loading_shapes import Page, Records

ONE_STEP = ("one-to-many-1", "one-to-many-10", "one-to-many-100", "many-to-one", "one-to-one-wide")
"""The relations that sayings have in mind: one kind of child, one step away."""
DEPTHS = {"path": 2, "path-3": 3}
"""Steps from the parent to the last child, where there are several."""


def forget_unique(db: Database, page: Page) -> Records:
    """Load a collection by `joinedload` and forget `unique()`."""
    with db.session() as session:
        return page.shape.fold(session.scalars(page.shape.joined, page.bounds).all())


async def forget_unique_async(db: AsyncDatabase, page: Page) -> Records:
    """Load a collection by `joinedload` and forget `unique()`."""
    async with db.session() as session:
        return page.shape.fold((await session.scalars(page.shape.joined, page.bounds)).all())


def one_step(parameters: Parameters) -> bool:
    """Tell whether there is one kind of child, one step away."""
    return parameters["relation"] in ONE_STEP


def few_children(parameters: Parameters) -> bool:
    """Tell whether every parent has one child."""
    return parameters["relation"] in {"one-to-many-1", "many-to-one", "one-to-one-wide"}


def many_children(parameters: Parameters) -> bool:
    """Tell whether every parent has ten children or more."""
    return parameters["relation"] in {"one-to-many-10", "one-to-many-100", "siblings"}


def has_collection(parameters: Parameters) -> bool:
    """Tell whether a parent has a collection of children."""
    return parameters["relation"] not in {"many-to-one", "one-to-one-wide"}


def is_path(parameters: Parameters) -> bool:
    """Tell whether the children have children."""
    return parameters["relation"] in DEPTHS


CLAIMS = (
    Claim(
        "C12",
        'lazy="select" is N+1',
        Statements("select", lambda parameters: 1 + int(parameters["parents"]), one_step),
        "Name the relations that a query needs in its options; raiseload shows the ones that were forgotten.",
    ),
    Claim(
        "C14",
        "selectinload issues 2 statements",
        Statements("selectin", 2, one_step),
        "Count one statement more for every 500 parents.",
    ),
    Claim(
        "C15",
        "selectinload loads parents and children in a single query",
        Statements("selectin", 1, one_step),
        "Where a round trip is dear, look at joinedload for the small relations.",
    ),
    Claim(
        "C16",
        "nested selectinload issues depth + 1 statements",
        Statements("selectin", lambda parameters: DEPTHS[str(parameters["relation"])] + 1, is_path),
        "Each level counts one statement more for every 500 of its parents.",
    ),
    Claim(
        "C17",
        "joinedload issues 1 statement",
        Statements("joined", 1),
        "Look at the rows too: a join repeats the parent for every child.",
    ),
    Claim(
        "C18",
        "joinedload is good for many-to-one and one-to-one",
        Faster("joined", "selectin", where=few_children),
        "Use joinedload where every parent has one child at most.",
    ),
    Claim(
        "C18",
        "selectinload is good for one-to-many",
        Faster("selectin", "joined", where=many_children),
        "Use selectinload for collections, above all for two at once: a join multiplies them.",
    ),
    Claim(
        "C19",
        "joinedload of a collection raises without unique()",
        Raises("InvalidRequestError", forget_unique, forget_unique_async, has_collection),
        "Call unique() on the result; the error comes in the first test, not in production.",
    ),
    Claim(
        "C20",
        "subqueryload issues 2 statements",
        Statements("subquery", 2, one_step),
        "Prefer selectinload: subqueryload repeats the query, and with LIMIT but no ORDER BY it can load wrong rows.",
    ),
    Claim(
        "C102",
        "selectinload is more than 3 times as fast as joinedload",
        Faster("selectin", "joined", times=3.0, where=has_collection),
        "Measure your own relations, with as many parents and children as your pages have.",
    ),
)
