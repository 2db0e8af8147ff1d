"""What a plan says: its numbers and its proof, what limits it, what to be careful about.

`plan` holds the records that reports and files read; `margins` the worth of money and of each limit,
`cautions` the warnings, `information` what knowing more would be worth.
"""
