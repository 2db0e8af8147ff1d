"""Independent worlds: generators that share nothing with the simulator, and what fits make of them."""
