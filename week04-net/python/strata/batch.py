"""Writes that are done together. What no server would take is refused here, as it is added."""

import math

from .errors import InvalidArgument

# A server counts for each operation what it takes in a log (week01-wal/FORMAT.md): timestamp, kind,
# size of the key, size of the value.
_OPERATION_OVERHEAD = 8 + 1 + 4 + 4


def to_bytes(text):
    """Bytes as they are; a str in UTF-8. TypeError for anything else."""
    if isinstance(text, str):
        try:
            return text.encode()
        except UnicodeEncodeError:
            raise InvalidArgument("a text with a lone surrogate has no UTF-8") from None
    if isinstance(text, (bytes, bytearray, memoryview)):
        return bytes(text)
    raise TypeError(f"keys and values are bytes or str, not {type(text).__name__}")


def check_key(key, limits):
    """`key` as bytes. InvalidArgument if no server takes it."""
    key = to_bytes(key)
    if not key:
        raise InvalidArgument("the key is empty; it needs a byte at least")
    if len(key) > limits.key_bytes:
        raise InvalidArgument(f"the key has {len(key)} bytes; {limits.key_bytes} are allowed")
    return key


def check_value(value, limits):
    """`value` as bytes. InvalidArgument if no server takes it."""
    value = to_bytes(value)
    if len(value) > limits.value_bytes:
        raise InvalidArgument(f"the value has {len(value)} bytes; {limits.value_bytes} are allowed")
    return value


class Batch:
    """Puts and deletes, in order, and conditions that must hold just before all of them.

    Made by Client.batch(). Invariant: it is small enough to be written.
    """

    def __init__(self, limits):
        """`limits`: the server's."""
        self._limits = limits
        self._size = 0
        self.operations = []  # (key, value); a value of None deletes
        self.conditions = []  # (key, value); a value of None: there is no such key

    def __len__(self):
        """How many puts and deletes."""
        return len(self.operations)

    def put(self, key, value):
        self._add(check_key(key, self._limits), check_value(value, self._limits))
        return self

    def delete(self, key):
        """Not an error if the key is not there."""
        self._add(check_key(key, self._limits), None)
        return self

    def expect(self, key, value):
        """Nothing is written unless `key` has this value; None: unless it is not there."""
        key = check_key(key, self._limits)
        self._check_count()
        self.conditions.append((key, None if value is None else check_value(value, self._limits)))
        return self

    def _check_count(self):
        """Is there room for one more operation or condition? Older servers name no number."""
        most = self._limits.batch_operations or math.inf
        if len(self.operations) + len(self.conditions) >= most:
            raise InvalidArgument(f"the batch would have more than {most} operations and conditions")

    def _add(self, key, value):
        self._check_count()
        size = self._size + len(key) + len(value or b"") + _OPERATION_OVERHEAD
        if size > self._limits.batch_bytes:
            raise InvalidArgument(f"the batch would have {size} bytes; "
                                  f"{self._limits.batch_bytes} are allowed")
        self._size = size
        self.operations.append((key, value))
