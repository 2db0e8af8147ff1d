"""When to spend: a budget over the periods ahead, with rules of bursts and gaps, prices and seasons.

`question` is the way in; `rules` are the user's words, `problem` their arrays, `response` the exact objective
with its slope, `solve` the ascent without burst rules, `search` the patterns of on and off.
"""
