"""Cards of results for notebooks: a module per class, named like it, with a function `card`."""
