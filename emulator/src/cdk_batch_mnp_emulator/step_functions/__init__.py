"""AWS Step Functions: lets moto's executions run the jobs and functions of the embedded AWS."""
