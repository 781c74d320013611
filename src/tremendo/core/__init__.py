"""What every room stands on and none of them is about: registries of exchangeable parts."""
