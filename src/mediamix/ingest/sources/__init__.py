"""Connectors, a file per platform: each defines one `mediamix.ingest.source.Source`."""
