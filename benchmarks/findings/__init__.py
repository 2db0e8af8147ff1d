"""What the checks of a fit see, and what they don't: counted on worlds whose truth is known."""
