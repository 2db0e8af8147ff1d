{#
    Money. `home` is the currency of the mart: the var `currency`, else the one that all rates lead to;
    none where neither says. An amount without a currency is in it already.
#}
{% macro home_currency() -%}
    {%- if var("currency", "") -%}
    select cast('{{ var("currency") | upper | replace("'", "") }}' as {{ dbt.type_string() }}) as home
    {%- else -%}
    select case when min(upper(trim(to_currency))) = max(upper(trim(to_currency))) then min(upper(trim(to_currency))) end as home
    from {{ given("exchange_rates") }}
    {%- endif -%}
{%- endmacro %}

{# Metrics that are money. #}
{% macro is_money(metric) -%}
    {{ metric }} in ('spend', 'revenue', 'cost', 'conversions_value', 'won_amount', 'traffic_revenue')
{%- endmacro %}

{# A decimal amount at a rate, to the sixth decimal; missing where the rate is. #}
{% macro at_rate(amount, rate) -%}
    cast(round(cast({{ amount }} as {{ dbt.type_numeric() }}) * {{ rate }}, 6) as {{ dbt.type_numeric() }})
{%- endmacro %}
