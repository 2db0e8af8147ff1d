"""What the warehouse takes: builds of the mart."""
