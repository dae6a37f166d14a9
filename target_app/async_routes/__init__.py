"""Every endpoint with an `AsyncSession`, in the event loop; its twin is in `sync_routes`, under the same name."""

from target_app.async_routes import accounts, categories, orders, products, users, waiting

ROUTERS = tuple(module.router for module in (users, categories, products, orders, accounts, waiting))
