"""Readers of CloudFormation resources into the model."""
