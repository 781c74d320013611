"""Gray faces in, what they are made of out: photographed, drawn or carved."""
