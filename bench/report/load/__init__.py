"""What people see of load: sentences, tables and figures from `results/<run>/load/` alone."""
