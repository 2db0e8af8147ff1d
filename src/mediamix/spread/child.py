"""A process of the engine `local`: ``python -m mediamix.spread.child``.

It reads frames on its standard input (first where modules lie and the work, then an argument each) and
writes one for each on what was its standard output. It ends as soon as its input does: it never outlives
who started it, whatever ended that one.
"""

from __future__ import annotations

import os
import pickle  # between two processes of one user, through a pipe that nobody else has
import signal
import struct
import sys
import threading
import traceback
from queue import SimpleQueue
from typing import Any, BinaryIO

_SIZE = struct.Struct(">Q")


def send(stream: BinaryIO, value: Any) -> None:
    """Write a frame.

    Raises:
        OSError: The other end is gone.
    """
    content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    stream.write(_SIZE.pack(len(content)))
    stream.write(content)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Read a frame.

    Raises:
        EOFError: There is none: the other end is gone.
    """
    size = stream.read(_SIZE.size)
    if len(size) < _SIZE.size:
        raise EOFError
    content = stream.read(_SIZE.unpack(size)[0])
    if len(content) < _SIZE.unpack(size)[0]:
        raise EOFError
    return pickle.loads(content)  # noqa: S301


def main() -> None:
    """Work until the input ends."""
    # Ctrl-C reaches every process of a terminal: who started this one decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    frames: SimpleQueue[Any] = SimpleQueue()
    first = receive(sys.stdin.buffer)
    sys.path[:] = first["path"]
    try:
        work = pickle.loads(first["work"])  # noqa: S301
        from mediamix.spread.contract import attempt
    except Exception as error:
        send(answers, {"broken": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()})
        return
    send(answers, {"ready": os.getpid()})
    threading.Thread(target=_read, args=(frames,), daemon=True).start()
    while True:
        send(answers, attempt(work, frames.get()))


def _read(frames: SimpleQueue[Any]) -> None:
    try:
        while True:
            frames.put(receive(sys.stdin.buffer))
    except (EOFError, OSError):
        # At once: nobody waits for what is at work.
        os._exit(0)


if __name__ == "__main__":
    main()
