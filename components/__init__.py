"""Pulumi resources: they register what the plan decided and decide nothing themselves."""
