# One image for all our services (ivr, acd, desk) and for the `callcenter` command.

FROM debian:bookworm-slim AS build
# For a stale mirror: --build-arg APT_OPTIONS="-o Acquire::Check-Valid-Until=false"
ARG APT_OPTIONS=""
RUN apt-get ${APT_OPTIONS} update \
 && apt-get ${APT_OPTIONS} install -y --no-install-recommends ca-certificates python3 python3-venv
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python3 -m venv /opt/callcenter \
 && /opt/callcenter/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && python3 -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.lock
# With desk/screens if `make web` has built them, as `make up` does.
COPY . .
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /tmp/wheel . \
 && /opt/callcenter/bin/pip install --no-deps --no-index /tmp/wheel/*.whl \
 && /opt/callcenter/bin/pip uninstall --yes pip setuptools

FROM debian:bookworm-slim
ARG APT_OPTIONS=""
# espeak-ng speaks the messages of campaigns, and prompts that are worded anew in the browser.
# gid 5060 is Asterisk's group: what is rendered here is read there, what Asterisk logs there is read here.
RUN apt-get ${APT_OPTIONS} update \
 && apt-get ${APT_OPTIONS} install -y --no-install-recommends espeak-ng python3 tzdata \
 && apt-get clean && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 5060 asterisk \
 && useradd --uid 5070 --gid 5060 --home-dir /var/lib/callcenter --no-create-home --shell /usr/sbin/nologin callcenter \
 && install -d -o callcenter -g asterisk -m 0750 /var/lib/callcenter \
 && install -d -o callcenter -g asterisk -m 2750 /etc/asterisk/rendered \
 && install -d -o 5060 -g asterisk -m 0750 /var/log/asterisk /var/log/asterisk/cdr-custom \
 && install -d -o 5060 -g asterisk -m 2770 /var/spool/callcenter \
 && install -d -o callcenter -g asterisk -m 2755 /var/lib/callcenter-prompts
COPY --from=build /opt/callcenter /opt/callcenter
COPY prompts/ /usr/share/callcenter/prompts/
ENV PATH=/opt/callcenter/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    CALLCENTER_RUNTIME=external \
    CALLCENTER_DATA_DIR=/var/lib/callcenter \
    CALLCENTER_RENDERED_DIR=/etc/asterisk/rendered \
    CALLCENTER_PROMPTS_DIR=/usr/share/callcenter/prompts \
    CALLCENTER_SHIPPED_PROMPTS_DIR=/usr/share/callcenter/prompts
USER callcenter
WORKDIR /var/lib/callcenter
ENTRYPOINT ["callcenter"]
CMD ["--help"]
