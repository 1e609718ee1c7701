"""Calls are counted by a trigger as they end; those that ended before are counted here."""

from __future__ import annotations

from django.db import migrations

# upkeep.models.CALL_BOUNDS_S as it is now.
_BOUNDS = "ARRAY[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]::double precision[]"
_SECONDS = "greatest(0, extract(epoch FROM {0}.ended_at - {0}.started_at))::double precision"
_FACTS = (
    f"link.isp_id, {{0}}.method, {{0}}.outcome, coalesce({{0}}.code, -1), width_bucket({_SECONDS}, {_BOUNDS})"
)

FORWARD = f"""
CREATE FUNCTION upkeep_count_call() RETURNS trigger AS $$
BEGIN
    INSERT INTO upkeep_callfigure AS figure (isp_id, method, outcome, code, bucket, calls, seconds)
    SELECT {_FACTS.format("NEW")}, 1, {_SECONDS.format("NEW")} FROM reporting_link AS link WHERE link.id = NEW.link_id
    ON CONFLICT (isp_id, method, outcome, code, bucket)
    DO UPDATE SET calls = figure.calls + 1, seconds = figure.seconds + excluded.seconds;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;
CREATE TRIGGER upkeep_call_came_ended AFTER INSERT ON reporting_call
    FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION upkeep_count_call();
CREATE TRIGGER upkeep_call_ended AFTER UPDATE ON reporting_call
    FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION upkeep_count_call();
INSERT INTO upkeep_callfigure (isp_id, method, outcome, code, bucket, calls, seconds)
    SELECT {_FACTS.format("call")}, count(*), sum({_SECONDS.format("call")})
    FROM reporting_call AS call JOIN reporting_link AS link ON link.id = call.link_id
    WHERE call.ended_at IS NOT NULL GROUP BY 1, 2, 3, 4, 5;
"""
BACKWARD = """
DROP TRIGGER upkeep_call_came_ended ON reporting_call;
DROP TRIGGER upkeep_call_ended ON reporting_call;
DROP FUNCTION upkeep_count_call();
"""


class Migration(migrations.Migration):
    dependencies = [("upkeep", "0001_heartbeats_and_figures"), ("reporting", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
