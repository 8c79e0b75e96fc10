"""The words that a claim may use: metrics, subjects, facts."""

from typing import Literal, get_args

EpochMetric = Literal["loss", "accuracy", "val_loss", "val_accuracy"]
TimeMetric = Literal["epoch_seconds", "cost_per_sample", "setup_seconds"]
Metric = Literal[
    TimeMetric,
    EpochMetric,
    "best_accuracy",
    "best_val_accuracy",
    "final_accuracy",
    "final_loss",
    "test_accuracy",
    "test_loss",
]
TIME_METRICS = get_args(TimeMetric)
EPOCH_METRICS = get_args(EpochMetric)
CURVE_METRICS = (*EPOCH_METRICS, "epoch_seconds", "cost_per_sample")

Api = Literal["sequential", "functional", "subclass"]
Capability = Literal[
    "several_inputs",
    "several_outputs",
    "shared_layers",
    "branches",
    "residual_connection",
    "dynamic_control_flow",
    "layers_before_first_call",
    "summary_before_first_call",
    "summary",
    "plot_model",
    "save_and_load",
    "clone_from_config",
    "unknown_input_shape",
    "replaced_last_layer",
    "repeated_layer",
    "custom_training_loop",
]
# What a source says that Keras does: a program of that name in `trials.probes.behaviours`.
Behaviour = Literal[
    "convolution_strides_are_1",
    "pooling_strides_follow_pool_size",
    "subclassed_model_is_functional",
    "softmax_from_scratch",
    "inspection_as_printed",
    "sequential_is_in_keras_models",
    "call_is_needed",
    "parent_constructor_is_needed",
    "functional_needs_an_input",
    "functional_inputs_reach_the_output_layer",
    "datasets_come_with_keras",
    "division_gives_floats",
    "sequential_grows",
    "summary_counts_what_is_trained",
    "log_counts_samples",
    "log_costs_per_sample",
    "log_names_accuracy",
    "keras_includes_preprocessing",
    "keras_includes_tuning",
    "keras_includes_serialization",
]
Formula = Literal[
    "composition",
    "graph",
    "subclass_call",
    "mean_loss",
    "sequential_backpropagation",
    "functional_backpropagation",
    "subclass_backpropagation",
]
TrialFact = Literal["n_train", "n_validation", "n_test", "n_epochs", "n_parameters", "batch_size", "steps_per_epoch"]
# `units_1` is the number of units of the first dense layer, and so on.
# `conv_strides` and `pool_strides` are those of every convolution and of every pooling layer, in every direction.
NetworkFact = Literal[
    "n_parameters",
    "n_layers",
    "n_inputs",
    "n_outputs",
    "units_1",
    "units_2",
    "units_3",
    "units_4",
    "conv_strides",
    "pool_strides",
]
# In what two networks may differ: what somebody chooses of a layer, by Keras' own name where it has one.
Choice = Literal[
    "inputs",
    "layers",
    "type",
    "activation",
    "padding",
    "strides",
    "pool_size",
    "units",
    "filters",
    "kernel_size",
    "use_bias",
    "dilation_rate",
    "groups",
    "data_format",
    "rate",
    "axis",
    "dtype",
    "connections",
    "sharing",
]
DatasetFact = Literal["n_train", "n_test", "height", "width", "n_classes", "n_dropped"]
Fact = Literal[TrialFact, NetworkFact, DatasetFact]
# Facts that the study is told: settings of an experiment, and what its networks are built with. All others come out.
TOLD_TO_TRIALS = ("n_train", "n_validation", "n_test", "n_epochs", "batch_size")
TOLD_TO_NETWORKS = (
    *("n_layers", "n_inputs", "n_outputs", "units_1", "units_2", "units_3", "units_4"),
    *("conv_strides", "pool_strides"),
)
