"""Is leave-one-out exact, and does stacking pay?"""
