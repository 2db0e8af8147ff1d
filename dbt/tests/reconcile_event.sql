-- The mart holds what was landed: row counts.
{{ reconcile(source("landing", "event_day"), ref("mart_event"), by=["event"]) }}
