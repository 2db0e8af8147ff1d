-- Told, and no reason to stop: campaigns that no pattern fits, and channels that are written in several ways.
{{ config(severity="warn") }}
select
    case when kind = 'platform' and given_name = 'unmapped' then 'no pattern fits' else 'written differently' end as fault,
    channel,
    source,
    case when given_name = 'unmapped' then campaign else given_name end as name,
    sum(row_count) as row_count
from {{ ref("int_channel") }}
where (kind = 'platform' and given_name = 'unmapped') or given_name <> channel
group by 1, 2, 3, 4
