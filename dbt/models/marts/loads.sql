-- What the build saw of each source: a later load is told by it.
{% set long = ["media_day", "outcome_day", "control_day", "event_day"] -%}
{%- set wide = ["campaign_day", "traffic_day", "deal", "touch", "conversion"] -%}
{% for table in long -%}
select '{{ table }}' as landed_in, _source as source, max(_loaded_at) as loaded_at, count(*) as row_count
from {{ source("landing", table) }}
group by _source
union all
{% endfor -%}
{% for table in wide -%}
select '{{ table }}' as landed_in, source, max(pulled_at) as loaded_at, count(*) as row_count
from {{ source("landing", table) }}
group by source
{{ "union all" if not loop.last }}
{% endfor -%}
