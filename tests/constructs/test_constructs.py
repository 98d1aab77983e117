"""The table of constructs: every key of the language, and the test beside this file that runs it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mlc_compiler.spec.environment
import mlc_compiler.spec.header  # noqa: F401 - likewise
from mlc_compiler.spec.shape import Shape

HERE = Path(__file__).parent

TABLE = """
spec.mlc name description timezone     header: mlc_name_description_timezone
spec.seed                              header: seed_changes_what_is_drawn
spec.schedule                          header: schedule_is_kept_for_targets
spec.include                           header: include_brings_sources_and_features
spec.parameters                        header: parameters_in_expressions
spec.sources                           sources: sql
spec.features examples training        training: training_in_time
spec.serving                           serving: batch_window_to_a_table_of_a_connection
spec.experiments                       serving: experiment_is_declared_and_not_run
spec.steps                             steps: inputs_of_every_kind
scheduled.cron run                     header: schedule_is_kept_for_targets
parameter.type default                 header: parameters_of_each_type
parameter.one_of min max               header: parameters_are_held_to_one_of_min_and_max
call.use with                          training: prepare_in_order_with_columns_and_arguments
metric.use with                        training: metric_function_with_arguments
resources.cpu memory gpu pool          training: model_is_a_function_with_a_checkpoint_and_retries
retry.limit backoff max                steps: retry_timeout_and_resources

source.read                            sources: read_path_of_each_format
source.sql                             sources: sql
source.use with inputs                 sources: use_with_inputs
source.columns                         sources: columns_of_each_type
source.key                             sources: key_is_unique_and_not_null
source.time known static               sources: known_hides_what_came_later
source.checks                          sources: checks
read.path                              sources: read_path_of_each_format
read.path of a step                    sources: read_a_file_that_a_step_made
read.connection table query            sources: read_connection_table_and_query
read.files                             sources: read_files
check.expect at_most warn fresh        sources: checks

featuregroup.from window               features: aggregates_over_a_window
featuregroup.columns                   features: latest_row_and_list_of_columns
featuregroup.columns computed          features: computed_and_chained
featuregroup.columns with $at, $as_of  features: expression_reads_at_and_as_of
featuregroup.join                      features: join_on_another_groups_column
featuregroup.join of none              features: join_on_nothing
featuregroup.where                     features: where
featuregroup.window forward            features: window_forward_over_what_is_announced
featuregroup.refresh                   features: refresh_rounds_down
featuregroup.use with inputs           features: function_with_arguments_and_inputs

examples.from                          examples: at_defaults_to_the_sources_time
examples.at where                      examples: at_expression_and_where
examples.where on features             examples: where_on_features
examples.label                         examples: label_expression_and_its_short_form
examples.weight                        examples: weight
examples.split                         examples: split_by_time
spine.every from until                 examples: spine
spine.by                               examples: spine_by_makes_entities_of_events
label.value                            examples: label_expression_and_its_short_form
label.from window where                examples: label_over_a_window
label.join                             examples: label_join_with_a_map
timesplit.by test validation           examples: split_by_time
timesplit.folds train gap              examples: split_by_time_with_folds_train_and_gap
randomsplit.by test folds              examples: split_at_random_with_folds
randomsplit.validation                 examples: split_at_random_with_validation
randomsplit.group                      examples: split_at_random_by_group
expressionsplit.by                     examples: split_by_expression

training.examples model metrics        training: model_metrics_and_report
training.features                      training: features_are_groups_columns_and_predictions
training.prepare                       training: prepare_in_order_with_columns_and_arguments
training.grid                          training: grid_of_values_and_ranges
training.grid of stages                training: grid_sets_stages_in_both_forms
training.grid of calls                 training: grid_swaps_model_and_stage
training.search                        training: search_random
training.each                          training: each_in_three_forms
training.fallback min_rows             training: fallback_and_min_rows
training.select                        training: select_per_and_top
training.refit                         training: refit
training.calibrate                     training: calibrate
training.threshold                     training: threshold_by_metric_and_by_expression
training.checkpoint resources          training: model_is_a_function_with_a_checkpoint_and_retries
training.retry timeout                 training: model_is_a_function_with_a_checkpoint_and_retries
training.when                          training: when_leaves_a_training_out
training.tolerate                      training: tolerate_lets_a_model_fail
stage.use with columns                 training: prepare_in_order_with_columns_and_arguments
valuerange.from to count step scale    training: grid_of_values_and_ranges
search.random                          training: search_random
search.halving                         training: search_halving
halving.factor resource min start      training: search_halving
objective.maximize minimize            training: threshold_by_metric_and_by_expression
select.maximize                        training: metric_function_with_arguments
select.minimize per top                training: select_per_and_top

batch.mode model                       serving: batch_of_a_table_without_time_to_a_file
batch.model stacked                    serving: batch_of_a_stacked_model
batch.write                            serving: another_file_is_written_again
batch.window                           serving: batch_window_to_a_table_of_a_connection
batch.window of a spine                serving: batch_of_a_spine_is_read_at_as_of
batch.examples                         serving: batch_of_other_examples
batch.when                             serving: gate_with_the_live_model_on_the_second_run
online.mode model request              serving: online_promotes_and_is_declared
online.when                            serving: gate_that_never_opens_has_no_live_model
write.path                             serving: another_file_is_written_again
write.connection table                 serving: batch_window_to_a_table_of_a_connection

experiment.service unit arms outcome guardrails detect power alpha   serving: experiment_is_replayed
experiment.daily_units max_duration baseline covariate where         serving: experiment_is_declared_and_not_run
experiment.segments layer holdout                                    serving: experiment_is_replayed
arm.share model threshold                                            serving: experiment_is_replayed
outcome.metric from join window value better                         serving: experiment_is_replayed
guardrail.metric from join window value better at_most               serving: experiment_is_replayed
baseline.rate mean std                                               serving: experiment_is_declared_and_not_run

step.use with inputs outputs           steps: function_with_arguments_inputs_and_outputs
step.inputs of every kind              steps: inputs_of_every_kind
step.each                              steps: each_and_a_reader_that_collects
step.tolerate                          steps: tolerate
step.outputs that are files            steps: file_output_is_an_input
step.after when                        steps: after_when_and_outputs_in_conditions
step.resources retry timeout           steps: retry_timeout_and_resources
step.secrets                           steps: secrets
step.approve                           steps: approve_waits_for_a_person
step.container                         steps: container_is_refused_without_an_engine
step.always                            steps: always
container.image command                steps: container_is_refused_without_an_engine
approval.message timeout               steps: approve_waits_for_a_person

environment.store connections secrets image pools parallelism targets   environment: every_key_is_read
environment.overrides                  environment: overrides_change_policies_and_no_key
storeplace.path endpoint region        environment: every_key_is_read
pool.cpu memory gpu spot labels tolerations priority                    environment: every_key_is_read
toleration.key operator value effect   environment: every_key_is_read
override.resources retry timeout       environment: overrides_change_policies_and_no_key
override.takes                         environment: what_work_is_declared_to_take_decides
secret.env kubernetes aws              steps: secrets
kubernetessecret.secret key            steps: secrets
folder.type path fingerprint           environment: connection_says_whether_it_changed
duckdb.type path fingerprint           environment: connection_says_whether_it_changed
s3.type bucket prefix region endpoint access_key secret_key fingerprint environment: connections_that_wait
postgres.type host port database user password fingerprint              environment: connections_that_wait
mysql.type host port database user password fingerprint                 environment: connections_that_wait
redshift.type host port database user password fingerprint              environment: connections_that_wait
snowflake.type account user password private_key warehouse              environment: connections_that_wait
snowflake.role database schema fingerprint                              environment: connections_that_wait
"""


def rows() -> Iterator[tuple[str, str, str]]:
    """The table: the words before the colon's file are keys, or what is said of the last one."""
    for line in filter(None, TABLE.splitlines()):
        constructs, _, test = line.rpartition(": ")
        keys, _, file = constructs.rpartition(" ")
        yield keys.strip(), file, test


def keys_of(model: type[Shape]) -> set[str]:
    """The keys of a model, as a spec writes them."""
    return {f"{model.__name__.lower()}.{(item.alias or name).rstrip('_')}" for name, item in model.model_fields.items()}


def models(parent: type[Shape] = Shape) -> Iterator[type[Shape]]:
    """The models of the language that a document may hold."""
    for model in parent.__subclasses__():
        ours = model.__module__.startswith("mlc_compiler.") and not model.__name__.startswith("_")
        if ours and model.model_fields:
            yield model
        yield from models(model)


def test_every_key_of_the_language_is_in_the_table() -> None:
    listed = {f"{keys.partition('.')[0]}.{word}" for keys, _, _ in rows() for word in keys.partition(".")[2].split()}
    missing = {key for model in models() for key in keys_of(model)} - listed
    assert missing == set()


def test_the_table_names_no_model_that_is_gone() -> None:
    assert {keys.partition(".")[0] for keys, _, _ in rows()} == {model.__name__.lower() for model in models()}


@pytest.mark.parametrize("file", sorted({file for _, file, _ in rows()}))
def test_every_test_in_the_table_is_there(file: str) -> None:
    tree = ast.parse((HERE / f"test_{file}.py").read_text(encoding="utf-8"))
    there = {node.name.removeprefix("test_") for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {test for _, of, test in rows() if of == file} <= there
