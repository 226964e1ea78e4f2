"""Clusterwright: a cluster spec goes in, a running cluster that trains BERT comes out.

The packages form one chain, and imports only point down it: cli, live, bootstrap, plan, rules, then catalog and spec.
"""
