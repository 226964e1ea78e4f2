"""The cluster spec: what a user writes, as frozen models in which unknown keys are errors."""
