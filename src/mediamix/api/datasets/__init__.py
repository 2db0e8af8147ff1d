"""Tables: uploaded, read by our readers, said what they were taken for."""
