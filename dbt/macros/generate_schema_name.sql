{#
    The schema of a model is the one its layer names, without the target's prefix; in BigQuery, where a project's
    datasets are everybody's, with it: mediamix_mart.
#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name is none -%} {{ target.schema | trim }}
    {%- elif target.type == "bigquery" -%} {{ target.schema | trim }}_{{ custom_schema_name | trim }}
    {%- else -%} {{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}
