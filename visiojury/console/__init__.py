"""What the commands do, one module a group; `visiojury.cli` puts them together."""
