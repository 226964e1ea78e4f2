"""What is kept to look at, and who is told."""

from tests.plan.aws.plans import bucket_of, lock_of, plan_of


def test_logs_are_kept_for_the_next_number_of_days_that_cloudwatch_has() -> None:
    plan = plan_of("observability: {logs: 45 d}\n")
    assert {group.days for group in plan.observability.log_groups} == {60}
    assert "60 d" in {decision.value for decision in plan.decisions if decision.path == "observability.logs"}
    assert {group.days for group in plan_of("observability: {logs: 90 d}\n").observability.log_groups} == {90}


def test_alarms_are_over_the_cluster_s_own_metrics() -> None:
    alarms = plan_of().observability.alarms
    assert [alarm.name for alarm in alarms] == [
        "a-failed-nodes", "a-idle-gpus", "a-slow-training", "a-head-silent",
    ]  # fmt: skip
    assert [alarm.name for alarm in alarms if alarm.silence] == ["a-head-silent"]
    assert {alarm.namespace for alarm in alarms} == {"Clusterwright/a"}
    assert all(alarm.period * alarm.periods == alarm.seconds for alarm in alarms)
    assert {(alarm.comparison, alarm.operator) for alarm in alarms} == {
        ("above", "GreaterThanThreshold"),
        ("below", "LessThanThreshold"),
    }


def test_the_topic_is_written_by_alarms_and_budget_of_this_account_alone() -> None:
    topic = plan_of("observability: {notify: [ml@example.com]}\n", lock_of()).observability.topic
    (statement,) = topic.statements
    assert topic.addresses == ("ml@example.com",)
    assert statement.conditions == {"StringEquals": {"aws:SourceAccount": ("123456789012",)}}


def test_the_cloud_s_budget_counts_what_carries_the_cluster_s_tag() -> None:
    plan = plan_of("budget: {limit: 500 USD, alerts: [90]}\n")
    assert plan.observability.spend is not None
    assert (plan.observability.spend.limit, plan.observability.spend.alerts) == (50000, (90,))
    key, value = plan.observability.spend.tag
    assert plan.tags[key] == value
    spend = plan.observability.spend
    assert (spend.amount, spend.unit, spend.period) == ("500.00", "USD", "MONTHLY")
    assert spend.costs == ("TagKeyValue", "user:clusterwright-cluster$a")
    assert plan_of().observability.spend is None


def test_the_audit_watches_the_cluster_s_buckets_and_writes_where_no_role_reaches() -> None:
    plan = plan_of(lock=lock_of())
    bucket = bucket_of(plan)
    audit = plan.observability.audit
    assert audit is not None
    assert audit.data_events == (f"arn:aws:s3:::{bucket.bucket}/",)
    identity = plan.identity
    reached = [arn for role in identity.roles for one in identity.statements(role) for arn in one.resources]
    assert not any(audit.bucket in resource for resource in reached)
    assert plan_of("security: {audit: false}\n").observability.audit is None


def test_the_audit_pays_for_no_second_copy_of_what_the_account_s_own_trail_has() -> None:
    audit = plan_of().observability.audit
    assert audit is not None
    assert (audit.data_type, audit.read_write, audit.management) == ("AWS::S3::Object", "All", False)
    assert (audit.multi_region, audit.validation) == (False, True)


def test_a_dashboard_is_made_unless_it_is_not_wanted() -> None:
    assert plan_of().observability.dashboard == "a-us-east-1"
    assert plan_of("observability: {dashboard: false}\n").observability.dashboard is None


def test_the_record_of_an_audit_is_kept_for_a_year_whatever_becomes_of_the_cluster() -> None:
    audit = plan_of("storage: [{name: d, on_destroy: delete}]\n").observability.audit
    assert audit is not None
    assert (audit.on_destroy, audit.force_destroy) == ("keep", False)
    assert [rule.days for rule in audit.lifecycle] == [365]


def test_access_logs_are_of_every_bucket_and_of_no_other_account_and_are_dropped_in_time() -> None:
    text = "storage: [{name: d}, {name: e}]\nsecurity: {access_logs: 36 h%s}\n"
    plan = plan_of(text % "", lock_of())
    logs, audit = plan.observability.access_logs, plan.observability.audit
    assert logs is not None
    assert audit is not None
    buckets = [part.bucket for part in plan.storage if part.kind == "bucket"]
    (written,) = (one for one in logs.statements if one.effect == "Allow")
    assert written.principals == {"Service": ("logging.s3.amazonaws.com",)}
    assert (written.actions, written.resources) == (("s3:PutObject",), (f"arn:aws:s3:::{logs.bucket}/*",))
    assert written.conditions == {
        "ArnLike": {"aws:SourceArn": tuple(f"arn:aws:s3:::{one}" for one in (*buckets, audit.bucket))},
        "StringEquals": {"aws:SourceAccount": ("123456789012",)},
    }
    assert [(rule.days, rule.noncurrent_days) for rule in logs.lifecycle] == [(2, 1)]
    assert logs.on_destroy == "keep"
    alone = plan_of(text % ", audit: false", lock_of()).observability.access_logs
    assert alone is not None
    assert not any(audit.bucket in str(one.conditions) for one in alone.statements)


def test_access_logs_are_where_no_role_reaches_and_are_made_when_asked_for_alone() -> None:
    plan = plan_of("security: {access_logs: 90 d}\n", lock_of())
    logs, identity = plan.observability.access_logs, plan.identity
    assert logs is not None
    reached = [arn for role in identity.roles for one in identity.statements(role) for arn in one.resources]
    assert not any(logs.bucket in resource for resource in reached)
    assert plan_of().observability.access_logs is None
