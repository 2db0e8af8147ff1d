{#
    Rows where two queries disagree: in their row counts, or in the total by half a cent or more. Both have the
    columns `by`, row_count and total; totals are sums of decimals, so that neither the order of rows nor
    binary fractions matter.
#}
{% macro reconcile(landed, built, by) -%}
    with landed as ({{ _by(landed, by) }}),
    built as ({{ _by(built, by) }})
    select
        {% for column in by -%}
        coalesce(landed.{{ column }}, built.{{ column }}) as {{ column }},
        {% endfor -%}
        landed.row_count as landed_rows,
        built.row_count as built_rows,
        landed.total as landed_total,
        built.total as built_total
    from landed
    full outer join built
        on {% for column in by %}landed.{{ column }} = built.{{ column }}{{ " and " if not loop.last }}{% endfor %}
    where coalesce(landed.row_count, 0) <> coalesce(built.row_count, 0)
        or abs(coalesce(landed.total, 0) - coalesce(built.total, 0)) >= 0.005
{%- endmacro %}

{% macro _by(query, by) -%}
    select {{ by | join(", ") }}, sum(row_count) as row_count, sum(total) as total
    from ({{ query }}) as facts
    group by {{ by | join(", ") }}
{%- endmacro %}

{# The sum of a column as a decimal. #}
{% macro exact_sum(value) -%}
    sum(cast({{ value }} as {{ dbt.type_numeric() }}))
{%- endmacro %}
