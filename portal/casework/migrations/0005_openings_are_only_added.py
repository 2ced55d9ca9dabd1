"""Refuse UPDATE, DELETE and TRUNCATE on the record of who opened which file, as on the evidence itself.

A superuser can still disable a trigger; the seals in the chain `readers` are what catches that.
"""

from django.db import migrations

FORWARD = """
CREATE TRIGGER case_view_no_change BEFORE UPDATE OR DELETE ON casework_caseview
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER case_view_no_truncate BEFORE TRUNCATE ON casework_caseview
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();
ALTER TABLE casework_caseview ENABLE ALWAYS TRIGGER case_view_no_change;
ALTER TABLE casework_caseview ENABLE ALWAYS TRIGGER case_view_no_truncate;
"""
BACKWARD = """
DROP TRIGGER case_view_no_truncate ON casework_caseview;
DROP TRIGGER case_view_no_change ON casework_caseview;
"""


class Migration(migrations.Migration):
    dependencies = [("casework", "0004_quarantine"), ("ledger", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
