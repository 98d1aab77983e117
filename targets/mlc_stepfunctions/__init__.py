"""The target `stepfunctions`: a plan and an environment become a CloudFormation stack whose state machine runs the plan
as jobs of AWS Batch."""
