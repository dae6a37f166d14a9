# One image for the app, the Locust master and its workers; docker-compose.yml says which is which.
FROM python:3.11-slim

# No root: the app and Locust need no rights.
RUN useradd --create-home ormbench
WORKDIR /home/ormbench/ormbench

COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY bench bench
COPY scenarios scenarios
COPY target_app target_app
# Editable: scenarios and the target app are found beside the harness.
RUN pip install --no-cache-dir --constraint constraints.txt --editable .

USER ormbench
EXPOSE 8000 8089
CMD ["ormbench", "--help"]
