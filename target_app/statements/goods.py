"""Statements about categories and products."""

from __future__ import annotations

from sqlalchemy import Integer, String, bindparam, case, delete, func, select, update

from scenarios.shop import Category, Product, Specification
from target_app.schemas.goods import LARGEST_STOCK

CATEGORY = select(Category).where(Category.id == bindparam("id"))
CATEGORIES = select(Category).where(Category.id > bindparam("after")).order_by(Category.id).limit(bindparam("limit"))
PRODUCT = select(Product).where(Product.id == bindparam("id"))
PRODUCTS = select(Product).where(Product.id > bindparam("after")).order_by(Product.id).limit(bindparam("limit"))
PRODUCTS_OF_CATEGORY = PRODUCTS.where(Product.category_id == bindparam("category_id"))

STATISTICS = (
    select(
        Category.id,
        func.count(Product.id).label("products"),
        func.coalesce(func.sum(Product.stock), 0).label("stock"),
        func.min(Product.price_cents).label("lowest_price_cents"),
        func.max(Product.price_cents).label("highest_price_cents"),
        func.sum(Product.price_cents).label("prices_cents"),
    )
    .outerjoin(Category.products)
    .where(Category.id == bindparam("id"))
    .group_by(Category.id)
)

# Nothing of the rows that are changed here is held in the session, so there is nothing to synchronise. And none of
# them is fetched before it is changed: nobody comes in between, and one that is gone matches no row.

RENAME_CATEGORY = (
    update(Category)
    .where(Category.id == bindparam("category_id"))
    .values(name=bindparam("new_name"))
    .execution_options(synchronize_session=False)
)

_NEW_STOCK = Product.stock + bindparam("change", type_=Integer())
CHANGE_STOCK = (
    update(Product)
    .where(Product.category_id == bindparam("of_category"))
    .values(stock=case((_NEW_STOCK < 0, 0), (_NEW_STOCK > LARGEST_STOCK, LARGEST_STOCK), else_=_NEW_STOCK))
    .execution_options(synchronize_session=False)
)
"""Adds to the stock of every product of a category, and stops at nothing and at the most there can be."""

CHANGE_PRODUCT = (
    update(Product)
    .where(Product.id == bindparam("product_id"))
    .values(
        category_id=func.coalesce(bindparam("new_category_id", type_=Integer()), Product.category_id),
        name=func.coalesce(bindparam("new_name", type_=String()), Product.name),
        price_cents=func.coalesce(bindparam("new_price_cents", type_=Integer()), Product.price_cents),
        stock=func.coalesce(bindparam("new_stock", type_=Integer()), Product.stock),
    )
    .execution_options(synchronize_session=False)
)
"""Gives a product new values; what is given as None stays."""

# As statements: the unit of work would take the products of the category away first, by setting their category to NULL.
DELETE_CATEGORY = delete(Category).where(Category.id == bindparam("id")).execution_options(synchronize_session=False)
DELETE_SPECIFICATION = (
    delete(Specification)
    .where(Specification.product_id == bindparam("id"))
    .execution_options(synchronize_session=False)
)
DELETE_PRODUCT = delete(Product).where(Product.id == bindparam("id")).execution_options(synchronize_session=False)
