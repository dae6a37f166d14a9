"""The two ways in which ormbench ends badly, each with its exit code."""


class OrmbenchError(Exception):
    """A failure of the work itself: a proof, a case or a server; the process exits with 1.

    The message is one line that says what was wrong and what to do; it is shown without a traceback.
    """

    exit_code = 1


class UsageError(OrmbenchError):
    """The call was wrong: a name, an argument, a right or a file; the process exits with 2."""

    exit_code = 2
