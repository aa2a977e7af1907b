"""The life cycle of jobs, from SUBMITTED to SUCCEEDED or FAILED.

Source: https://docs.aws.amazon.com/batch/latest/userguide/job_states.html and, for multi-node
parallel jobs, https://docs.aws.amazon.com/batch/latest/userguide/job-lifecycle.html.
"""
