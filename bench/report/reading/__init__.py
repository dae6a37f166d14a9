"""What a results folder holds, read into typed records."""
