FROM node:22-slim AS web
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY frontend ./
RUN npm run build

FROM python:3.13-slim AS wheel
WORKDIR /src
COPY pyproject.toml hatch_build.py LICENSE README.md ./
COPY migrations ./migrations
COPY app ./app
COPY --from=web /src/app/web/dist ./app/web/dist
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home arena && install --directory --owner arena /data
COPY requirements.lock /tmp/
RUN pip install --no-cache-dir --no-deps --require-hashes -r /tmp/requirements.lock
COPY --from=wheel /wheels /tmp/wheels
RUN pip install --no-cache-dir --no-deps /tmp/wheels/*.whl
USER arena
# Without ARENA_DATABASE_URL the arena is the file arena.db in here.
WORKDIR /data
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["arena"]
CMD ["serve", "--host", "0.0.0.0"]
