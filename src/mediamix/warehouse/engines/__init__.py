"""The engines: one file each, and what an engine needs beside it."""
