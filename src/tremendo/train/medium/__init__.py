"""The training of the network that tells a photographed face from a drawn or carved one."""
