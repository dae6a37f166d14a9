"""Categories, in blocking code."""

from __future__ import annotations

from fastapi import APIRouter

from scenarios.shop import Category
from target_app.answering import AnsweringRoute
from target_app.dependencies import After, Database, Id, Limit
from target_app.problems import Conflict, Unknown, documented, found
from target_app.retrying import tries
from target_app.schemas import goods as schemas
from target_app.schemas.goods import NewCategory, StockChange
from target_app.schemas.users import Written
from target_app.statements import goods as statements
from target_app.statements.results import rows_of

router = APIRouter(prefix="/categories", route_class=AnsweringRoute)


@router.post("", status_code=201, responses=documented())
def create_category(db: Database, new: NewCategory) -> schemas.Category:
    """Create a category; several may have the same name."""
    with db.session.begin() as session:
        category = Category(**new.model_dump())
        session.add(category)
    return schemas.Category.model_validate(category)


@router.get("", responses=documented())
def list_categories(db: Database, after: After = 0, limit: Limit = 20) -> schemas.CategoryPage:
    """List categories in the order of their ids, after one of them (keyset)."""
    with db.reading() as session:
        categories = session.scalars(statements.CATEGORIES, {"after": after, "limit": limit}).all()
    return schemas.CategoryPage.of(categories, limit)


@router.get("/{category_id}", responses=documented(Unknown))
def get_category(db: Database, category_id: Id) -> schemas.Category:
    """Return a category."""
    with db.reading() as session:
        category = session.scalar(statements.CATEGORY, {"id": category_id})
    return schemas.Category.model_validate(found(category, f"category {category_id}"))


@router.put("/{category_id}", responses=documented(Unknown))
def replace_category(db: Database, category_id: Id, new: NewCategory) -> schemas.Category:
    """Give a category a new name."""
    with db.session.begin() as session:
        renamed = session.execute(statements.RENAME_CATEGORY, {"category_id": category_id, "new_name": new.name})
        found(rows_of(renamed) or None, f"category {category_id}")
    return schemas.Category(id=category_id, name=new.name)


@router.delete("/{category_id}", status_code=204, responses=documented(Unknown, Conflict))
def delete_category(db: Database, category_id: Id) -> None:
    """Delete a category; one that has products stays."""
    for one_try in tries(db):
        with one_try:  # noqa: SIM117 - the async twin cannot join two kinds of context
            with db.session.begin() as session:
                deleted = session.execute(statements.DELETE_CATEGORY, {"id": category_id})
                found(rows_of(deleted) or None, f"category {category_id}")


@router.post("/{category_id}/stock", responses=documented(Unknown))
def change_stock_of_category(db: Database, category_id: Id, new: StockChange) -> Written:
    """Change the stock of every product of a category by one UPDATE, down to nothing and up to what there can be."""
    for one_try in tries(db):
        with one_try:  # noqa: SIM117 - see delete_category
            with db.session.begin() as session:
                values = {"of_category": category_id, "change": new.change}
                rows = rows_of(session.execute(statements.CHANGE_STOCK, values))
                # Behind the UPDATE: MariaDB changes no row that others have changed since the first SELECT.
                found(session.get(Category, category_id), f"category {category_id}")
    return Written(rows=rows)


@router.get("/{category_id}/statistics", responses=documented(Unknown))
def get_statistics_of_category(db: Database, category_id: Id) -> schemas.CategoryStatistics:
    """Count and sum the products of a category in the database."""
    with db.reading() as session:
        row = session.execute(statements.STATISTICS, {"id": category_id}).one_or_none()
    return schemas.CategoryStatistics.of(found(row, f"category {category_id}"))
