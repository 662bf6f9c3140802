"""What requests say and answers hold, one module per subject. Names of fields are the API: only add to them."""
