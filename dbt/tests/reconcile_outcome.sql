-- The mart holds what was landed: row counts and totals.
{{ reconcile(source("landing", "outcome_day"), ref("mart_outcome"), by=["metric"], value="value") }}
