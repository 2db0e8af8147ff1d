{# What a team says itself: the seed of that name, or the table that the var NAME_table names. #}
{% macro given(name) -%}
    {%- set table = var(name ~ "_table", "") -%}
    {{- table if table else ref(name) -}}
{%- endmacro %}
