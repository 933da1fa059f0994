/** The server as a program of its own. {@link io.maas.server.ServerCommand} is its main class. */
@org.jspecify.annotations.NullMarked
package io.maas.server;
