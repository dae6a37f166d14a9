"""Products, in blocking code."""

from __future__ import annotations

from fastapi import APIRouter

from scenarios.shop import Category, Product
from target_app.answering import AnsweringRoute
from target_app.dependencies import After, Database, Id, Limit
from target_app.problems import Conflict, Unknown, documented, found
from target_app.retrying import tries
from target_app.schemas import goods as schemas
from target_app.schemas.goods import NewProduct, OfCategory, ProductPatch
from target_app.statements import goods as statements
from target_app.statements.results import rows_of

router = APIRouter(prefix="/products", route_class=AnsweringRoute)


@router.post("", status_code=201, responses=documented(Unknown, Conflict))
def create_product(db: Database, new: NewProduct) -> schemas.Product:
    """Create a product of a category; it has no data sheet."""
    for one_try in tries(db):
        with one_try:  # noqa: SIM117 - the async twin cannot join two kinds of context
            with db.session.begin() as session:
                found(session.get(Category, new.category_id), f"category {new.category_id}")
                product = Product(**new.model_dump())
                session.add(product)
    return schemas.Product.model_validate(product)


@router.get("", responses=documented())
def list_products(
    db: Database, category_id: OfCategory = None, after: After = 0, limit: Limit = 20
) -> schemas.ProductPage:
    """List products, of all categories or of one, in the order of their ids, after one of them (keyset)."""
    with db.reading() as session:
        statement = statements.PRODUCTS if category_id is None else statements.PRODUCTS_OF_CATEGORY
        page = {"category_id": category_id, "after": after, "limit": limit}
        products = session.scalars(statement, page).all()
    return schemas.ProductPage.of(products, limit)


@router.get("/{product_id}", responses=documented(Unknown))
def get_product(db: Database, product_id: Id) -> schemas.Product:
    """Return a product."""
    with db.reading() as session:
        product = session.scalar(statements.PRODUCT, {"id": product_id})
    return schemas.Product.model_validate(found(product, f"product {product_id}"))


@router.put("/{product_id}", responses=documented(Unknown, Conflict))
def replace_product(db: Database, product_id: Id, new: NewProduct) -> schemas.Product:
    """Give a product a new category, name, price and stock."""
    values = {f"new_{name}": value for name, value in new.model_dump().items()}
    for one_try in tries(db):
        with one_try:  # noqa: SIM117 - see create_product
            with db.session.begin() as session:
                found(session.get(Category, new.category_id), f"category {new.category_id}")
                changed = session.execute(statements.CHANGE_PRODUCT, {**values, "product_id": product_id})
                found(rows_of(changed) or None, f"product {product_id}")
    return schemas.Product(id=product_id, **new.model_dump())


@router.patch("/{product_id}", responses=documented(Unknown, Conflict))
def change_product(db: Database, product_id: Id, patch: ProductPatch) -> schemas.Product:
    """Change what is given of a product, and leave the rest."""
    values = {f"new_{name}": value for name, value in patch.model_dump().items()}
    for one_try in tries(db):
        with one_try:  # noqa: SIM117 - see create_product
            with db.session.begin() as session:
                if patch.category_id is not None:
                    found(session.get(Category, patch.category_id), f"category {patch.category_id}")
                changed = session.execute(statements.CHANGE_PRODUCT, {**values, "product_id": product_id})
                found(rows_of(changed) or None, f"product {product_id}")
                product = session.get_one(Product, product_id)
    return schemas.Product.model_validate(product)


@router.delete("/{product_id}", status_code=204, responses=documented(Unknown, Conflict))
def delete_product(db: Database, product_id: Id) -> None:
    """Delete a product with its data sheet; one that was ordered stays."""
    for one_try in tries(db):
        with one_try:  # noqa: SIM117 - see create_product
            with db.session.begin() as session:
                session.execute(statements.DELETE_SPECIFICATION, {"id": product_id})
                deleted = session.execute(statements.DELETE_PRODUCT, {"id": product_id})
                found(rows_of(deleted) or None, f"product {product_id}")
