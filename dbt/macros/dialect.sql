{# What the engines say differently and dbt has no macro for. #}

{# `value` looks like `pattern`: `*` is anything, all else is itself; case and outer blanks don't count, and
   an empty pattern says nothing. #}
{% macro looks_like(value, pattern) -%}
    (coalesce(trim({{ pattern }}), '') = '' or {{ adapter.dispatch("like_pattern", "mediamix")(
        "lower(trim(" ~ value ~ "))", "lower(trim(" ~ pattern ~ "))"
    ) }})
{%- endmacro %}

{% macro default__like_pattern(value, pattern) -%}
    {{ value }} like replace(replace(replace(replace({{ pattern }}, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%') escape '\'
{%- endmacro %}

{% macro bigquery__like_pattern(value, pattern) -%}
    {{ value }} like replace(replace(replace(replace({{ pattern }}, '\\', '\\\\'), '%', '\\%'), '_', '\\_'), '*', '%')
{%- endmacro %}

{# The form in which names are compared: case and blanks don't count. #}
{% macro plain_name(name) -%}
    {{ adapter.dispatch("plain_name", "mediamix")(name) }}
{%- endmacro %}

{% macro default__plain_name(name) -%}
    lower(trim(regexp_replace({{ name }}, '[\s\u00a0]+', ' ', 'g')))
{%- endmacro %}

{% macro duckdb__plain_name(name) -%}
    lower(trim(regexp_replace({{ name }}, '[\s\x{00a0}]+', ' ', 'g')))
{%- endmacro %}

{% macro bigquery__plain_name(name) -%}
    lower(trim(regexp_replace({{ name }}, r'[\s\x{00a0}]+', ' ')))
{%- endmacro %}

{# Every day from the first to the last, in the column `date`. #}
{% macro days(first, last) -%}
    {{ adapter.dispatch("days", "mediamix")(first, last) }}
{%- endmacro %}

{% macro default__days(first, last) -%}
    select cast(day as date) as date
    from generate_series(date '{{ first }}', date '{{ last }}', interval '1 day') as every(day)
{%- endmacro %}

{% macro duckdb__days(first, last) -%}
    select cast(unnest(generate_series(date '{{ first }}', date '{{ last }}', interval 1 day)) as date) as date
{%- endmacro %}

{% macro bigquery__days(first, last) -%}
    select day as date from unnest(generate_date_array(date '{{ first }}', date '{{ last }}')) as day
{%- endmacro %}

{# 1 on Monday to 7 on Sunday. #}
{% macro weekday(date) -%}
    {{ adapter.dispatch("weekday", "mediamix")(date) }}
{%- endmacro %}

{% macro default__weekday(date) -%}
    cast(extract(isodow from {{ date }}) as integer)
{%- endmacro %}

{% macro bigquery__weekday(date) -%}
    (mod(extract(dayofweek from {{ date }}) + 5, 7) + 1)
{%- endmacro %}

{# Whole days, as a date; dbt's own macro makes a timestamp of it. #}
{% macro add_days(date, days) -%}
    cast({{ dbt.dateadd("day", days, date) }} as date)
{%- endmacro %}

{# An exchange rate: four digits more than money has. #}
{% macro type_rate() -%}
    {{ adapter.dispatch("type_rate", "mediamix")() }}
{%- endmacro %}

{% macro default__type_rate() -%} numeric(18, 10) {%- endmacro %}

{% macro bigquery__type_rate() -%} bignumeric {%- endmacro %}

{# Fifteen digits; dbt's own type_float has seven on DuckDB. #}
{% macro type_double() -%}
    {{ adapter.dispatch("type_double", "mediamix")() }}
{%- endmacro %}

{% macro default__type_double() -%} double precision {%- endmacro %}

{% macro bigquery__type_double() -%} float64 {%- endmacro %}
