# A Debian 12 with everything that the course needs, for a class or for a machine that is not
# Debian. The course itself is not in the image: mount your copy of it, so that your work stays
# with you. From the top of the repository:
#
#   docker build --build-arg UID="$(id -u)" --tag strata .
#   docker run --rm -it -v "$PWD":/course -v strata-ccache:/ccache strata
#
# Inside, `./strata doctor` should find nothing missing.
FROM debian:bookworm-slim

# More packages, by name; the devcontainer adds what an editor wants.
ARG EXTRA_PACKAGES=""
# The user id of whoever owns the course's folder on the host.
ARG UID=1000

# The names of the packages come from the course itself, so they stand in one place.
COPY common/course/strata_course /tmp/strata_course/
RUN export DEBIAN_FRONTEND=noninteractive \
    && apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates gdb git less patch python3 \
    && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/tmp python3 -c \
       'from strata_course import packages as p; print(*p.NEEDED, *sum(p.BY_WEEK.values(), ()))' \
       >/tmp/packages \
    && apt-get install -y --no-install-recommends $(cat /tmp/packages) $EXTRA_PACKAGES \
    && rm -rf /tmp/strata_course /tmp/packages /var/lib/apt/lists/*

# An ordinary user, because some tests behave differently for root. /ccache may be a volume that
# outlives the container: then a new container need not compile everything again.
RUN useradd --create-home --uid "$UID" --shell /bin/bash learner \
    && mkdir /course /ccache \
    && chown learner: /course && chmod 1777 /ccache \
    && git config --system --add safe.directory /course
ENV CCACHE_DIR=/ccache LANG=C.UTF-8
USER learner
WORKDIR /course
CMD ["bash"]
