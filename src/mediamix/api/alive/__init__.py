"""Whether the service is there, can serve, and what it counts; the document of its routes."""
