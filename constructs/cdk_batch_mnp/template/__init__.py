"""Reading CloudFormation templates, in any language and from anyone, into the domain's model."""
