-- Spend (and every other metric) in the mart equals what was landed, per channel and to the cent.
{{ reconcile(
    source("landing", "media_day"),
    ref("mart_media"),
    by=["channel", "metric"],
    value="value",
    built_rows="cast(sum(row_count) as bigint)"
) }}
