-- Parts of a campaign (ads, accounts) and campaigns of platforms are summed; each landed fact has a name of its own
-- (tested in staging). Rows of a platform have no place in a file: they are numbered by date and name.
{%- set grain = "date, geo, channel, campaign, currency, metric" %}
select
    {{ grain }},
    sum(value) as value,
    sum(row_count) as row_count,
    min(source) as source,
    min(source_row) as source_row,
    max(run_id) as run_id,
    min(loaded_at) as loaded_at
from {{ ref("int_media_day") }}
where kind = 'table'
group by {{ grain }}
union all
select
    {{ grain }},
    value,
    row_count,
    source,
    row_number() over (order by {{ grain }}) as source_row,
    run_id,
    loaded_at
from (
    select
        {{ grain }},
        sum(value) as value,
        sum(row_count) as row_count,
        min(source) as source,
        max(run_id) as run_id,
        min(loaded_at) as loaded_at
    from {{ ref("int_media_day") }}
    where kind = 'platform'
    group by {{ grain }}
) as platforms
