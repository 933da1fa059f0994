package io.maas.serving;

/** A version and how it is served. */
record Target(int version, DeployOptions options) {}
