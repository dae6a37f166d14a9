"""Every endpoint with a `Session`, in a thread of the pool; its twin is in `async_routes`, under the same name."""

from target_app.sync_routes import accounts, categories, orders, products, users, waiting

ROUTERS = tuple(module.router for module in (users, categories, products, orders, accounts, waiting))
