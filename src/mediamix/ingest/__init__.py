"""Landing: contracts of the incoming rows and their loading."""
