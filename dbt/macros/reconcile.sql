{#
    Rows where two relations disagree, by the given columns: in their row counts, in how many
    values are known, or in the total of `value` by half a cent or more. Totals are summed as
    decimals, so that neither the order of rows nor binary fractions matter.
#}
{% macro reconcile(landed, built, by, value=none) -%}
    with landed as ({{ _totals(landed, by, value) }}),
    built as ({{ _totals(built, by, value) }})
    select
        {% for column in by -%}
        coalesce(landed.{{ column }}, built.{{ column }}) as {{ column }},
        {% endfor -%}
        landed.row_count as landed_rows,
        built.row_count as built_rows
        {%- if value %},
        landed.total as landed_total,
        built.total as built_total
        {%- endif %}
    from landed
    full outer join built
        on {% for column in by %}landed.{{ column }} = built.{{ column }}{{ " and " if not loop.last }}{% endfor %}
    where coalesce(landed.row_count, 0) <> coalesce(built.row_count, 0)
    {%- if value %}
        or coalesce(landed.known_count, 0) <> coalesce(built.known_count, 0)
        or abs(coalesce(landed.total, 0) - coalesce(built.total, 0)) >= 0.005
    {%- endif %}
{%- endmacro %}

{% macro _totals(relation, by, value) -%}
    select
        {{ by | join(", ") }},
        count(*) as row_count
        {%- if value %},
        count({{ value }}) as known_count,
        sum(cast({{ value }} as {{ dbt.type_numeric() }})) as total
        {%- endif %}
    from {{ relation }}
    group by {{ by | join(", ") }}
{%- endmacro %}
