"""What runs inside of Locust's process: users, arrivals, recording, the shape of a stage. Nobody imports it."""
