"""The currency of a table: what its headers, cells, title or column of currencies say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mediamix.core.names import fold
from mediamix.core.spec import Outcome
from mediamix.data.cells import texts
from mediamix.data.guess.answers import Answers
from mediamix.data.guess.naming import currency_in
from mediamix.data.guess.part import Part
from mediamix.data.guess.result import Question, Role
from mediamix.data.guess.words import CURRENCIES


def currency_of(parts: Sequence[Part], answers: Answers) -> tuple[str, list[Question]]:
    """The currency, and the question where nothing says it, or two things do."""
    said: Counter[str] = Counter()
    for part in parts:
        money = [c for c, d in part.drafts.items() if d.role in (Role.SPEND, Role.OUTCOME)]
        for column in money:
            said.update(filter(None, (currency_in(column), part.look.figures[column].sign.replace("%", ""))))
        for column in (c for c, d in part.drafts.items() if d.role is Role.CURRENCY or _codes(part, c)):
            codes = [str(cell).strip().upper() for cell in dict.fromkeys(texts(part.look.rows[column]))]
            said.update(code for code in codes if 2 < len(code) < 5)
    if not said:
        said.update(filter(None, (currency_in(part.look.shape.title) for part in parts)))
    answer = answers.get("currency")
    if answer is None and len(said) == 1:
        return next(iter(said)), []
    default = said.most_common(1)[0][0] if said else str(Outcome().currency)
    options = tuple(dict.fromkeys([*(code for code, _ in said.most_common()), default]))
    seen = f" ({', '.join(options)} are named)" if len(said) > 1 else " (nothing in the tables says)"
    question = Question(
        "currency", f"which currency are spend and revenue in?{seen}", options, default, answer
    )
    return answer or default, [question]


def _codes(part: Part, column: str) -> bool:
    """Whether a column that is left out holds a currency's code in every row."""
    draft, hint = part.drafts[column], part.look.hints[column]
    if draft.role is not Role.EMPTY or hint.kind != "currency":
        return False
    return fold(part.look.figures[column].samples[0]) in CURRENCIES
