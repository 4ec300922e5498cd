"""The org at Salesforce. The only importer of simple_salesforce."""
