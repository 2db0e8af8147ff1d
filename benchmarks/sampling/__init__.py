"""What quick mode loses against NUTS, and gains in time."""
