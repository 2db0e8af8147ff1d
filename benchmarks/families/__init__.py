"""What each model family is worth on markets whose truth is known."""
