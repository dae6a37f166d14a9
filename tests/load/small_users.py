"""User classes of the small app, as people write them for their own: a file for Locust."""

from __future__ import annotations

from locust import FastHttpUser, HttpUser, TaskSet, constant, task


class SyncItem(FastHttpUser):
    """One side of a pair."""

    @task
    def item(self) -> None:
        """Get an item."""
        self.client.get("/sync/items/7", name="/sync/items/{id}")


class AsyncItem(HttpUser):
    """The other side, with Locust's other client."""

    @task
    def item(self) -> None:
        """Get an item."""
        self.client.get("/async/items/7", name="/async/items/{id}")


class Slow(FastHttpUser):
    """Waits for its answer."""

    @task
    def slow(self) -> None:
        """Get what takes its time."""
        self.client.get("/slow")


class Busy(FastHttpUser):
    """Is sent away."""

    wait_time = constant(0.01)

    @task
    def busy(self) -> None:
        """Get an error."""
        self.client.get("/busy")


class LoggedIn(FastHttpUser):
    """Logs in before it comes."""

    def on_start(self) -> None:
        """Log in."""
        self.client.get("/login")

    @task
    def item(self) -> None:
        """Get an item, and fail behind it now and then, as tasks do."""
        self.client.get("/items/7")
        message = "of a task"
        raise ValueError(message)


class LockedOut(FastHttpUser):
    """Cannot log in."""

    def on_start(self) -> None:
        """Fail."""
        message = "no such account"
        raise RuntimeError(message)

    @task
    def item(self) -> None:
        """Get an item."""
        self.client.get("/items/7")


class Nested(FastHttpUser):
    """Has a task that nobody knows the end of."""

    @task
    class Tasks(TaskSet):
        """Goes on until it is interrupted."""

        @task
        def item(self) -> None:
            """Get an item."""
            self.client.get("/items/7")
