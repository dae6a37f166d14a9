"""Statements about orders."""

from __future__ import annotations

from sqlalchemy import Integer, bindparam, delete, select, update
from sqlalchemy.orm import selectinload

from scenarios.shop import Order, OrderItem, Product

OF_USER = (
    select(Order)
    .where(Order.user_id == bindparam("user_id"))
    .where(Order.id > bindparam("after"))
    .order_by(Order.id)
    .limit(bindparam("limit"))
)
WHOLE = (
    select(Order).where(Order.id == bindparam("id")).options(selectinload(Order.items).joinedload(OrderItem.product))
)

PRICES = select(Product.id, Product.price_cents).where(
    Product.id.in_(bindparam("product_ids", type_=Integer(), expanding=True))
)
TAKE = (
    update(Product)
    .where(Product.id == bindparam("product_id"), Product.stock >= bindparam("quantity"))
    .values(stock=Product.stock - bindparam("quantity"))
    .execution_options(synchronize_session=False)
)
"""Takes pieces out of the stock of a product, where there are as many."""
AVAILABLE = select(Product.stock).where(Product.id == bindparam("product_id")).with_for_update(read=True)
"""What there is, as TAKE saw it: without a lock MariaDB and MySQL tell what there was at the first SELECT."""

# As statements: the unit of work would load the items first, and take them away from their order one by one.
DELETE_ITEMS = (
    delete(OrderItem).where(OrderItem.order_id == bindparam("id")).execution_options(synchronize_session=False)
)
DELETE = delete(Order).where(Order.id == bindparam("id")).execution_options(synchronize_session=False)
