"""Answers that were given: a run never changes, so the same question has the same answer, byte by byte."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mediamix.api.answering.solvers import Solvers
from mediamix.api.replies import tag_of
from mediamix.api.watching.metrics import Metrics
from mediamix.core.errors import BudgetError, DataError, SpecError, UserError, VerdictError

#: Bytes of answers that are kept, and of the largest one.
BYTES, LARGEST = 64 << 20, 8 << 20
#: Answers of a run that hold as long as the run: what is wrong with a question stays wrong with it.
_LASTING = (BudgetError, VerdictError, SpecError, DataError)
Given = tuple[bytes, str] | UserError


class Answers:
    """Answers to questions, each solved once.

    Args:
        solvers: Who solves.
        metrics: Who counts.
    """

    def __init__(self, solvers: Solvers, metrics: Metrics) -> None:
        self._solvers, self._metrics = solvers, metrics
        self._kept: OrderedDict[tuple[str, str, str], Given] = OrderedDict()
        self._bytes = 0
        self._asked: dict[tuple[str, str, str], asyncio.Future[Given]] = {}

    async def ask(
        self, kind: str, folder: Path, question: Mapping[str, Any], *, heavy: bool = False
    ) -> tuple[bytes, str]:
        """The answer to a question, and its ETag.

        Args:
            kind: Of the question.
            folder: Of the fit.
            question: What is asked: plain JSON.
            heavy: Whether it takes seconds.

        Raises:
            UserError: It has none.
        """
        text = json.dumps(question, sort_keys=True, allow_nan=False)
        key = (kind, str(folder), text)
        given = self._kept.get(key)
        if given is not None:
            self._kept.move_to_end(key)
            self._metrics.kept(kind)
        elif key in self._asked:  # somebody asks the same right now
            given = await asyncio.shield(self._asked[key])
            self._metrics.kept(kind)
        else:
            given = await self._solve(key, heavy=heavy)
        if isinstance(given, UserError):
            raise given
        return given

    async def _solve(self, key: tuple[str, str, str], *, heavy: bool) -> Given:
        mine: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._asked[key] = mine
        began = time.perf_counter()
        try:
            content = await self._solvers.answer(*key, heavy=heavy)
            given: Given = (content, tag_of(content))
            self._keep(key, given)
        except UserError as error:
            given = error
            if isinstance(error, _LASTING):
                self._keep(key, error)
        except BaseException:
            mine.cancel()
            raise
        finally:
            del self._asked[key]
        self._metrics.solved(key[0], time.perf_counter() - began)
        mine.set_result(given)
        return given

    def _keep(self, key: tuple[str, str, str], given: Given) -> None:
        size = _size(key, given)
        if size > LARGEST:
            return
        self._kept[key] = given
        self._bytes += size
        while self._bytes > BYTES:
            old, gone = self._kept.popitem(last=False)
            self._bytes -= _size(old, gone)


def _size(key: tuple[str, str, str], given: Given) -> int:
    return len(key[2]) + 500 + (2_000 if isinstance(given, UserError) else len(given[0]))
