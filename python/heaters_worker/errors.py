"""How a command can end other than by a result."""


class TaskError(Exception):
    """A failure with one of the kinds of src/base/error.h, which alone decides whether it is tried again."""

    def __init__(self, kind, message, retry_after=None):
        super().__init__(message)
        self.kind = kind
        self.retry_after = retry_after


class Cancelled(BaseException):
    """The other side does not want the command any more. No library swallows it as an Exception."""
