"""The driver's side of the study: data, plans, evidence, report. Never imports TensorFlow."""
