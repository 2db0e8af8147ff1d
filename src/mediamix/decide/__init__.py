"""From what channels bring to what to spend: six rooms, each a layer.

`problem` holds the data of a budget question and turns it into arrays; `solvers` find the best split of
those arrays and a bound on any other; `fitted` makes response curves of a fit; `answer` is what a plan
says; `questions` and `flighting` put them together: how much per channel, and when. A room imports
from those below it (`questions | flighting`, `answer`, `solvers | fitted`, `problem`), never from above
nor from beside.
"""
