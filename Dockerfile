# The engine's image: the package and its libraries, a user without rights, nothing else. What runs in it, and with
# which settings, stands in compose.yaml.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml setup.cfg README.md ./
COPY freeswitch_cc ./freeswitch_cc
COPY migrations ./migrations
COPY fs-config ./fs-config
RUN python -m venv /opt/freeswitch-cc \
    && /opt/freeswitch-cc/bin/pip install --no-cache-dir .

# The same Python: the environment above names its path and its version.
FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 engine \
    && useradd --uid 10001 --gid engine --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin engine
COPY --from=build /opt/freeswitch-cc /opt/freeswitch-cc
COPY docker/engine_healthy.py /usr/local/share/freeswitch-cc/engine_healthy.py
ENV PATH=/opt/freeswitch-cc/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
ENTRYPOINT ["freeswitch-cc"]
CMD ["run"]
