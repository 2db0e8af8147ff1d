"""What can be asked of a budget: the best split, the least spend for a goal, scenarios, what-ifs.

Start with `maximise`: resolve the problem, solve it, say what the plan is. `target` looks for the budget that
reaches a goal, `scenarios` repeats a question over budgets and risks, `whatif` evaluates moves as they are.
"""
