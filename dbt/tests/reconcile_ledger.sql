-- The landing table holds what the loads delivered: rows and spend per source and channel, against
-- the ledger that was written from the rows as they came in.
with landed as (
    select
        _source,
        channel,
        count(*) as row_count,
        sum(case when metric = 'spend' then cast(value as {{ dbt.type_numeric() }}) end) as spend
    from {{ source("landing", "media_day") }}
    where _source in (select _source from {{ source("landing", "ledger") }})
    group by _source, channel
)
select
    coalesce(landed._source, ledger._source) as source,
    coalesce(landed.channel, ledger.channel) as channel,
    ledger.row_count as ledger_rows,
    landed.row_count as landed_rows,
    ledger.spend as ledger_spend,
    landed.spend as landed_spend
from landed
full outer join {{ source("landing", "ledger") }} as ledger
    on landed._source = ledger._source and landed.channel = ledger.channel
where coalesce(landed.row_count, 0) <> coalesce(ledger.row_count, 0)
    or abs(coalesce(landed.spend, 0) - coalesce(ledger.spend, 0)) >= 0.005
