"""From response curves to a budget with a certificate."""
