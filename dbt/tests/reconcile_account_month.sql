-- What landed of an account is what its platform says itself that it spent, by month and to the last digit. Judged
-- where both know the days: from the first to the last day of the platform's total.
with days as (
    select source, account_id, min(date) as first_day, max(date) as last_day
    from {{ source("landing", "campaign_day") }}
    group by source, account_id
)

select
    months.source,
    months.account_id,
    months.month,
    months.currency,
    months.spend as platform_spend,
    coalesce(sum(landed.spend), 0) as landed_spend,
    coalesce(sum(landed.spend), 0) - months.spend as difference
from {{ source("landing", "account_month") }} as months
inner join days
    on days.source = months.source
    and days.account_id = months.account_id
    and days.first_day <= months.first_day
    and days.last_day >= months.last_day
left join {{ source("landing", "campaign_day") }} as landed
    on landed.source = months.source
    and landed.account_id = months.account_id
    and landed.currency = months.currency
    and landed.date between months.first_day and months.last_day
group by months.source, months.account_id, months.month, months.currency, months.spend
having coalesce(sum(landed.spend), 0) <> months.spend
