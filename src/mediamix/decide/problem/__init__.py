"""The data of a budget question, and the arrays that a solver needs.

What users write: `problem`, `bounds`, `objective`, `moves`, `levels`, and `file` for all of it in YAML.
What they ask of: `curves`. What becomes of both: `limits` and `resolve` make a `separable` problem, or
`conflict` says which limits contradict each other.
"""
