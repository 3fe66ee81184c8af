"""The work of operators beside the documented API: jobs, meetings that run, failed calls, accounts."""
