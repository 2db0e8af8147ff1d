{#
    The diary: one row in mart.build_log for every `dbt build` and `dbt test`, with how many of
    its steps didn't succeed. Readers of the mart refuse one whose last entry has failures.
#}
{% macro log_build(results) -%}
    {%- if execute and flags.WHICH in ("build", "test") -%}
        {%- set failed = results | rejectattr("status", "in", ["success", "pass", "warn"]) | list | length -%}
        {%- set log_table = api.Relation.create(
            database=target.database, schema=generate_schema_name("mart", none), identifier="build_log"
        ) -%}
        {%- do adapter.create_schema(log_table.without_identifier()) -%}
        create table if not exists {{ log_table }} (
            invocation_id {{ dbt.type_string() }},
            command {{ dbt.type_string() }},
            started_at {{ dbt.type_timestamp() }},
            steps {{ dbt.type_int() }},
            failed {{ dbt.type_int() }}
        );
        insert into {{ log_table }}
        values ('{{ invocation_id }}', '{{ flags.WHICH }}', '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}', {{ results | length }}, {{ failed }})
    {%- endif -%}
{%- endmacro %}
