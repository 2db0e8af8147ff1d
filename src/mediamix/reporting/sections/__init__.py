"""One file per section; the registry finds them, their `order` places them."""
