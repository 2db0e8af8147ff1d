-- Told, and no reason to stop: a platform from which nothing has come for `fresh_days` days.
{{ config(severity="warn") }}
select source, max(loaded_at) as last_load, {{ dbt.datediff("max(loaded_at)", dbt.current_timestamp(), "day") }} as days
from {{ ref("loads") }}
where landed_in in ('campaign_day', 'traffic_day', 'deal')
group by source
having {{ dbt.datediff("max(loaded_at)", dbt.current_timestamp(), "day") }} > {{ var("fresh_days", 7) }}
