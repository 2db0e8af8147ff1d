"""Official clients as the connectors call them, where that takes more than a call."""
