"""The best split of separable curves under linear limits, with a bound that no other split passes.

`chain` picks the method: greedy and branch and bound on concave envelopes (`envelope`, `branch`), a
mixed-integer program where limits cross channels (`milp`). `risk`, `gamble` and `cuts` do the same for
objectives of the whole distribution. Arrays in, arrays out: nothing here knows a fit or a file.
"""
