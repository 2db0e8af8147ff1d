NAME = "predict"
EXAMPLE = "x"


def command(): ...
