-- The ledger of restatements follows from itself and from what landed: a change changes something; the same change
-- stands once; and days that have landed since only add to what a month was after its last change (credits aside).
with ledger as (
    select
        source, account_id, month, currency, metric, before, after, pulled_at,
        count(*) over (partition by source, account_id, month, metric, pulled_at) as times,
        row_number() over (partition by source, account_id, month, metric order by pulled_at desc) as place
    from {{ source("landing", "restated") }}
),

landed as (
    select
        source,
        account_id,
        cast({{ dbt.date_trunc("month", "date") }} as date) as month,
        sum(spend) as spend,
        min(coalesce(spend, 0)) as least
    from {{ source("landing", "campaign_day") }}
    group by source, account_id, cast({{ dbt.date_trunc("month", "date") }} as date)
)

select
    case
        when ledger.times > 1 then 'the same change twice'
        when ledger.before = ledger.after then 'no change'
        else 'landing has less than the last change left'
    end as fault,
    ledger.source, ledger.account_id, ledger.month, ledger.metric, ledger.before, ledger.after, landed.spend as landed
from ledger
left join landed
    on landed.source = ledger.source and landed.account_id = ledger.account_id and landed.month = ledger.month
where ledger.times > 1
    or ledger.before = ledger.after
    or (
        ledger.metric = 'spend'
        and ledger.place = 1
        and (landed.source is null or (landed.least >= 0 and landed.spend < ledger.after))
    )
