"""A linear baseline of a table of many e-commerce brands, day by day: `mediamix baseline TABLE`.

`table` reads and cleans by stated rules, `fitting` fits all brands as one and each by itself, `acting` says
what to do with the answer and where it is an artefact, `beside` asks the Bayesian model of the same brands.
"""
