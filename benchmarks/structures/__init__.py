"""Every structure on markets that have it: found with it, noticed without it, and what it costs."""
