-- The mart holds what was landed: row counts and totals.
{{ reconcile(source("landing", "control_day"), ref("mart_control"), by=["control"], value="value") }}
