{#
    Rows where two relations disagree, by the given columns: in their row counts, in how many
    values are known, or in the total of `value` by half a cent or more. Totals are summed as
    decimals, so that neither the order of rows nor binary fractions matter. `built_rows` counts
    the landed rows of a relation that sums them.
#}
{% macro reconcile(landed, built, by, value=none, built_rows=none) -%}
    with landed as ({{ _totals(landed, by, value, "count(*)") }}),
    built as ({{ _totals(built, by, value, built_rows or "count(*)") }})
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
        or abs(coalesce(landed.total, 0) - coalesce(built.total, 0)) >= 0.005
        {%- if not built_rows %}
        or coalesce(landed.known_count, 0) <> coalesce(built.known_count, 0)
        {%- endif %}
    {%- endif %}
{%- endmacro %}

{% macro _totals(relation, by, value, rows) -%}
    select
        {{ by | join(", ") }},
        {{ rows }} as row_count
        {%- if value %},
        count({{ value }}) as known_count,
        sum(cast({{ value }} as {{ dbt.type_numeric() }})) as total
        {%- endif %}
    from {{ relation }}
    group by {{ by | join(", ") }}
{%- endmacro %}
